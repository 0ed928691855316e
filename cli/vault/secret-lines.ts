// Lines that nobody else may see: typed at a terminal without echo, or handed over on standard input.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

export interface SecretLines {
  /** The next line, trimmed; undefined at the end of input, and when the person at the terminal gives up (^C, ^D). */
  next(prompt: string): Promise<string | undefined>;
  /** Whether a person types them, who can be asked again. */
  readonly terminal: boolean;
  close(): void;
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };

/** Prompts go to `prompts`, and only where the input is a terminal. */
export function secretLines(input: Input, prompts: NodeJS.WritableStream): SecretLines {
  const terminal = input.isTTY === true;
  // readline edits the line as usual (backspace, ^U); what it would show of it goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal, historySize: 0 });
  lines.on("SIGINT", () => lines.close());
  // Lines that come in while nobody asks wait here.
  const coming = lines[Symbol.asyncIterator]();
  return {
    terminal,
    async next(prompt) {
      if (terminal) prompts.write(prompt);
      const line = await coming.next();
      if (terminal) prompts.write("\n");
      return line.done ? undefined : line.value.trim();
    },
    close: () => lines.close(),
  };
}
