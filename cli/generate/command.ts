// `swarmkeeper generate`: prints the written files, their nodes and the secrets in them, or the generator's error report.

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
      .requiredOption("--params <file>", "parameters of the cluster")
      .requiredOption("--out <folder>", "folder for both files")
      .option("--release <file>", "the release's tar.gz, for its name in the URL and its SHA-256")
      .option(
        "--release-url <url>",
        "URL of the release for the nodes, or with --release of its folder; overrides the parameter",
      )
      .option("--release-sha256 <hex>", "SHA-256 of the release, if --release is not used; overrides the parameter")
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
  "The requirements and ports of the nodes: docs/prerequisites.md",
];
