// A release as a file on the operator's machine: its name and its SHA-256, for the user-data that makes hosts fetch it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { constants, gunzipSync } from "node:zlib";

export interface ReleaseFile {
  /** For example `swarmkeeper-0.1.0-linux-x64.tar.gz`. */
  readonly name: string;
  readonly sha256: string;
}

/** Throws the system's error where it cannot be read; returns undefined for a file that is no release. */
export function readReleaseFile(path: string): ReleaseFile | undefined {
  const content = readFileSync(path);
  if (firstEntry(content) !== "bin/") return undefined;
  return { name: basename(path), sha256: createHash("sha256").update(content).digest("hex") };
}

/** The name of the first entry of a tar.gz; undefined for any other content. A package for npm begins with another. */
function firstEntry(content: Buffer): string | undefined {
  try {
    // The beginning is enough, and is not a whole stream.
    const beginning = gunzipSync(content.subarray(0, 65_536), { finishFlush: constants.Z_SYNC_FLUSH });
    return beginning.toString("latin1", 0, 100).replace(/\0.*$/s, "");
  } catch {
    return undefined;
  }
}

/**
 * The URL of a release that is served under its own name: `url` itself where it names the file, else the file in the
 * folder `url`. Undefined where `url` names another archive.
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
