// Reads secret lines: typed at a terminal without echo, or from standard input.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

export interface SecretLines {
  /** The next line, trimmed; undefined at the end of input, or after ^C or ^D at the terminal. */
  next(prompt: string): Promise<string | undefined>;
  /** Whether an operator types the lines, and can be asked again. */
  readonly terminal: boolean;
  close(): void;
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Prompts go to `prompts`, and only if the input is a terminal. */
export function secretLines(input: Input, prompts: NodeJS.WritableStream): SecretLines {
  const terminal = input.isTTY === true;
  // readline edits the line as usual (backspace, ^U). Its echo is discarded.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal, historySize: 0 });
  lines.on("SIGINT", () => lines.close());
  // Buffers lines that arrive between two calls of `next`.
  const arriving = lines[Symbol.asyncIterator]();
  return {
    terminal,
    async next(prompt) {
      if (terminal) prompts.write(prompt);
      const line = await arriving.next();
      if (terminal) prompts.write("\n");
      return line.done ? undefined : line.value.trim();
    },
    close: () => lines.close(),
  };
}
