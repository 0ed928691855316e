// `swarmkeeper generate`: makes manager.yml and worker.yml, the user-data of the nodes, from params.yml.
// Writes only after everything is read, checked and rendered.
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errorReport } from "../crd-like-specs/error-report.ts";
import { readAssets } from "./assets.ts";
import { GenerateError } from "./generate-error.ts";
import { nodeProfile } from "./model.ts";
import { notesOn } from "./notes.ts";
import { completeParams } from "./params.ts";
import { readParams } from "./read.ts";
import { chooseRelease, type ReleaseOptions } from "./release-options.ts";
import { renderCloudInit } from "./render/cloud-init.ts";
import { renderCoreos } from "./render/coreos.ts";
import { nodesOf, secretsIn } from "./summary.ts";
import { fileErrorReason } from "./system-error.ts";
import { writeTogether } from "./write.ts";

export { GenerateError } from "./generate-error.ts";

export interface GenerateOptions extends ReleaseOptions {
  readonly paramsPath: string;
  /** Created if it does not exist. */
  readonly outDir: string;
}

export interface GeneratedFile {
  readonly path: string;
  readonly bytes: number;
  /** Which nodes boot from it; completes "for …". */
  readonly nodes: string;
  /** The names of the secrets in it, never a value. */
  readonly secrets: readonly string[];
}

export interface Generated {
  readonly files: readonly GeneratedFile[];
  /** Hints for the operator that are not errors. */
  readonly notes: readonly string[];
}

// The limit of EC2. Most other clouds accept at least as much.
const USER_DATA_LIMIT = 16_384;

const renderers = { coreos: renderCoreos, "cloud-init": renderCloudInit };

/** Throws a GenerateError, whose message is for the terminal, and then has written nothing. */
export function generate(options: GenerateOptions): Generated {
  const { paramsPath, outDir } = options;
  const text = readOrFail(paramsPath);
  const read = readParams(text);
  const completed = completeParams(read, chooseRelease(read, options), path => readShipped(dirname(paramsPath), path));
  if (!completed.ok) {
    const { errors } = completed;
    throw new GenerateError(errorReport(paramsPath, text, errors, read.secretLines), errors);
  }
  const params = completed.value;

  const assets = readAssets();
  const outputs = (["manager", "worker"] as const).map(role => ({
    name: `${role}.yml`,
    nodes: nodesOf(params, role),
    text: renderers[params.dialect](nodeProfile(params, role, assets)),
  }));
  try {
    writeTogether(outDir, outputs);
  } catch (cause) {
    throw new GenerateError(`${outDir}  cannot be written: ${fileErrorReason(cause)}`, [], { cause });
  }
  const secrets = secretsIn(params);
  const files = outputs.map(({ name, text, nodes }) => {
    return { path: join(outDir, name), bytes: Buffer.byteLength(text), nodes, secrets };
  });
  const tooLarge = files
    .filter(({ bytes }) => bytes > USER_DATA_LIMIT)
    .map(
      ({ path, bytes }) =>
        `${path} has ${bytes} bytes; some clouds accept at most ${USER_DATA_LIMIT} bytes of user-data`,
    );
  return { files, notes: [...notesOn(params), ...tooLarge] };
}

function readOrFail(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GenerateError(`${path}  cannot be read: ${fileErrorReason(cause)}`, [], { cause });
  }
}

function readShipped(folder: string, path: string): string {
  const full = resolve(folder, path);
  try {
    return readFileSync(full, "utf8");
  } catch (cause) {
    throw new Error(`${full}: ${fileErrorReason(cause)}`, { cause });
  }
}
