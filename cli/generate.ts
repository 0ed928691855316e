// `swarmkeeper generate`: says what was written, or hands on the generator's words about what is wrong.

import { GenerateError, generate as write } from "../generator/main.ts";
import { CliError } from "./cli-error.ts";
import { type CliCommand, exitWith } from "./command.ts";
import { printLines } from "./print.ts";

export interface GenerateCommand {
  readonly params: string;
  readonly out: string;
  readonly releaseUrl?: string;
  readonly releaseSha256?: string;
}

export async function generate(options: GenerateCommand): Promise<number> {
  try {
    const { files, notes } = write({
      paramsPath: options.params,
      outDir: options.out,
      releaseUrl: options.releaseUrl,
      releaseSha256: options.releaseSha256,
    });
    printLines(files.map(({ path, bytes }) => `wrote ${path}  ${bytes} bytes`));
    for (const note of notes) process.stderr.write(`note: ${note}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    throw new CliError(error.message, 1, error);
  }
}

export const command: CliCommand = {
  define: command =>
    command
      .requiredOption("--params <file>", "the parameters of the cluster")
      .requiredOption("--out <folder>", "where both files go")
      .option("--release-url <url>", "where hosts fetch the release; wins over the parameter")
      .option("--release-sha256 <hex>", "what the release must hash to; wins over the parameter")
      .action(exitWith(generate)),
};
