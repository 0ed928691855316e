// `swarmkeeper generate`: params.yml → manager.yml and worker.yml, the user-data that turns bare hosts into a cluster.
// Read everything, check everything, render everything, and only then write.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { reasonOf } from "../crd-like-specs/reason.ts";
import { readAssets } from "./assets.ts";
import { allKeys } from "./keys.ts";
import { nodeProfile } from "./model.ts";
import { completeParams, type Dialect, notesOn } from "./params.ts";
import { GenerateError, renderProblems } from "./problem.ts";
import { type ReadParams, readParams } from "./read.ts";
import { renderCloudInit } from "./render/cloud-init.ts";
import { renderCoreos } from "./render/coreos.ts";
import { Refusal } from "./values.ts";
import { writeTogether } from "./write.ts";

export { GenerateError } from "./problem.ts";

export interface GenerateOptions {
  readonly paramsPath: string;
  /** Made where it is missing. */
  readonly outDir: string;
  /** Both win over the params file, so that one params file serves many releases. */
  readonly releaseUrl?: string | undefined;
  readonly releaseSha256?: string | undefined;
}

export interface Generated {
  readonly dialect: Dialect;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** What an operator should know although nothing is wrong. */
  readonly notes: readonly string[];
}

// EC2 takes no more; most others take at least as much.
const USER_DATA_LIMIT = 16_384;

const renderers = { coreos: renderCoreos, "cloud-init": renderCloudInit };

/** Throws a GenerateError, whose message is ready for the terminal; then nothing has been written. */
export function generate(options: GenerateOptions): Generated {
  const { paramsPath, outDir } = options;
  const text = readOrRefuse(paramsPath);
  const read = readParams(text);
  override(read, "release-url", options.releaseUrl);
  override(read, "release-sha256", options.releaseSha256);
  const params = completeParams(read, path => readShipped(dirname(paramsPath), path));
  if (params === undefined)
    throw new GenerateError(renderProblems(paramsPath, text, read.problems, read.secretLines), read.problems);

  const assets = readAssets();
  const outputs = (["manager", "worker"] as const).map(role => ({
    name: `${role}.yml`,
    text: renderers[params.dialect](nodeProfile(params, role, assets)),
  }));
  try {
    writeTogether(outDir, outputs);
  } catch (cause) {
    throw new GenerateError(`${outDir}  cannot write here: ${reasonOf(cause, REASONS)}`, [], { cause });
  }
  const files = outputs.map(({ name, text }) => ({ path: join(outDir, name), bytes: Buffer.byteLength(text) }));
  const tooLarge = files
    .filter(({ bytes }) => bytes > USER_DATA_LIMIT)
    .map(({ path, bytes }) => `${path} has ${bytes} bytes; some clouds take ${USER_DATA_LIMIT} of user-data at most`);
  return { dialect: params.dialect, files, notes: [...notesOn(params), ...tooLarge] };
}

function readOrRefuse(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GenerateError(`${path}  cannot be read: ${reasonOf(cause, REASONS)}`, [], { cause });
  }
}

function readShipped(folder: string, path: string): string {
  const full = resolve(folder, path);
  try {
    return readFileSync(full, "utf8");
  } catch (cause) {
    throw new Error(`${full}: ${reasonOf(cause, REASONS)}`, { cause });
  }
}

function override(read: ReadParams, key: "release-url" | "release-sha256", text: string | undefined): void {
  if (text === undefined) return;
  const value = allKeys[key].parse(text);
  if (value instanceof Refusal)
    read.problems.push({ at: undefined, message: `--${key}: ${value.message}`, right: value.right });
  // Set even when refused, so that it is not called missing besides.
  read.given[key] = value instanceof Refusal ? text : value;
}

/** System errors in words a person knows. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left",
  ENOTDIR: "a file is in the way of a folder",
  EEXIST: "a file is in the way of a folder",
  EISDIR: "a folder is in the way of a file",
};
