// Reads a release file on the operator's machine: its name and its SHA-256, which the user-data needs.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { constants, gunzipSync } from "node:zlib";

export interface ReleaseFile {
  /** For example `swarmkeeper-0.1.0-linux-x64.tar.gz`. */
  readonly name: string;
  readonly sha256: string;
}

/** Undefined if the file is not a release. Throws the system's error if it cannot be read. */
export function readReleaseFile(path: string): ReleaseFile | undefined {
  const content = readFileSync(path);
  if (firstEntry(content) !== "bin/") return undefined;
  return { name: basename(path), sha256: createHash("sha256").update(content).digest("hex") };
}

/** The name of the first entry of a tar.gz, in which a package for npm differs; undefined for any other content. */
function firstEntry(content: Buffer): string | undefined {
  try {
    // The beginning is enough. Z_SYNC_FLUSH accepts an incomplete stream.
    const beginning = gunzipSync(content.subarray(0, 65_536), { finishFlush: constants.Z_SYNC_FLUSH });
    return beginning.toString("latin1", 0, 100).replace(/\0.*$/s, "");
  } catch {
    return undefined;
  }
}

/**
 * The URL of a release: `url` itself if it ends with the name of the file, otherwise the file in the folder `url`.
 * Undefined if `url` names another archive.
 */
export function urlOfRelease(url: string, name: string): string | undefined {
  const parsed = new URL(url);
  const last = parsed.pathname.split("/").at(-1) ?? "";
  if (decoded(last) === name) return url;
  if (/\.(tar\.gz|tgz)$/i.test(last)) return undefined;
  parsed.pathname = `${parsed.pathname.replace(/\/$/, "")}/${encodeURIComponent(name)}`;
  return parsed.href;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
