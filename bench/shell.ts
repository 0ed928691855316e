// A shell on a lab host that stays open, so that steps done "by hand" are not measured with the cost of logging in.

import { createInterface } from "node:readline";
import { execStreams } from "../test/lab/exec.ts";
import type { Host } from "../test/lab/host.ts";

export interface Shell {
  /** Runs one command and returns its output; throws, with that output, when it ends with another code than 0. */
  run(command: string): Promise<string>;
  close(): void;
}

const MARK = "done-with-code";

export async function openShell(host: Host): Promise<Shell> {
  const { input, output } = await execStreams(host.container, host.name, ["sh"]);
  const lines = createInterface({ input: output })[Symbol.asyncIterator]();
  return {
    async run(command) {
      input.write(`{ ${command}\n} </dev/null 2>&1; echo "${MARK} $?"\n`);
      const said: string[] = [];
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const [mark, code] = line.value.split(" ");
        if (mark !== MARK) said.push(line.value);
        else if (code === "0") return said.join("\n");
        else throw new Error(`${host.name}: ${command}: code ${code}: ${said.join("\n")}`);
      }
      throw new Error(`${host.name}: the shell ended in ${command}`);
    },
    close: () => output.destroy(),
  };
}
