// A shell on a lab host that stays open, so that manual steps are measured without the time of a login.

import { createInterface } from "node:readline";
import { execStreams } from "../test/lab/host/exec.ts";
import type { Host } from "../test/lab/host/host.ts";

export interface Shell {
  /** Runs one command. Resolves to its output; rejects with its output if the exit code is not 0. */
  run(command: string): Promise<string>;
  close(): void;
}

const MARK = "done-with-code";

/** Opens a shell on a running host. LabError if the host does not run. */
export async function openShell(host: Host): Promise<Shell> {
  const { input, output: stdout } = await execStreams(host.container, host.name, ["sh"]);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async run(command) {
      input.write(`{ ${command}\n} </dev/null 2>&1; echo "${MARK} $?"\n`);
      const output: string[] = [];
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        const [mark, code] = line.value.split(" ");
        if (mark !== MARK) output.push(line.value);
        else if (code === "0") return output.join("\n");
        else throw new Error(`${host.name}: ${command}: code ${code}: ${output.join("\n")}`);
      }
      throw new Error(`${host.name}: the shell ended in ${command}`);
    },
    close: () => stdout.destroy(),
  };
}
