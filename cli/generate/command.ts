// `swarmkeeper generate`: prints what was written, for which nodes it is and which secrets it holds; or the generator's
// report on what is wrong.

import { andList } from "../../crd-like-specs/lists.ts";
import { type GeneratedFile, GenerateError, generate as write } from "../../generator/main.ts";
import { type CliCommand, exitWith } from "../command.ts";
import { CliError } from "../terminal/error.ts";
import { printLines } from "../terminal/print.ts";

export interface GenerateCommand {
  readonly params: string;
  readonly out: string;
  readonly release?: string;
  readonly releaseUrl?: string;
  readonly releaseSha256?: string;
}

export async function generate(options: GenerateCommand): Promise<number> {
  try {
    const { files, notes } = write({
      paramsPath: options.params,
      outDir: options.out,
      releaseFile: options.release,
      releaseUrl: options.releaseUrl,
      releaseSha256: options.releaseSha256,
    });
    printLines([...files.flatMap(fileLines), ...NEXT]);
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
      .option("--release <file>", "the release's tar.gz: its name completes the URL, its content gives the SHA-256")
      .option(
        "--release-url <url>",
        "where nodes fetch the release, or with --release its folder; wins over the parameter",
      )
      .option("--release-sha256 <hex>", "the SHA-256 of the release, without --release; wins over the parameter")
      .action(exitWith(generate)),
};

function fileLines({ path, bytes, nodes, secrets }: GeneratedFile): string[] {
  return [
    `wrote ${path}  ${bytes} bytes`,
    `  for    ${nodes}`,
    `  holds  ${secrets.length === 0 ? "no secret" : `${andList(secrets)}: keep the file secret`}`,
  ];
}

const NEXT = [
  "Boot each node with one of the two as its user-data, once the release is at its URL.",
  "What the nodes must have, and which ports they use: docs/prerequisites.md",
];
