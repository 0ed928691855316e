// `swarmkeeper generate`: prints what was written, for which hosts it is and which secrets it holds; or the generator's
// report on what is wrong.
import { type GeneratedFile, GenerateError, generate as write } from "../generator/main.ts";
import { CliError } from "./cli-error.ts";
import { printLines } from "./print.ts";

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

function fileLines({ path, bytes, hosts, secrets }: GeneratedFile): string[] {
  return [
    `wrote ${path}  ${bytes} bytes`,
    `  for    ${hosts}`,
    `  holds  ${secrets.length === 0 ? "no secret" : `${listOf(secrets)}: keep it secret`}`,
  ];
}

const listOf = (words: readonly string[]): string =>
  words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

const NEXT = [
  "Boot each host with one of the two as its user-data, once the release is at its URL.",
  "What the hosts must have, and which ports they use: docs/prerequisites.md",
];
