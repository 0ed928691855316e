// The release that hosts install: what the command line says wins over the params file, so that one params file serves
// many releases. A release file gives its own name and SHA-256.
import { allKeys } from "./keys.ts";
import { type PlaceholderFault, releaseUrlFault, sha256Fault } from "./placeholders.ts";
import type { ReadParams } from "./read.ts";
import { type ReleaseFile, readReleaseFile, urlOfRelease } from "./release-file.ts";
import { reason } from "./system-error.ts";
import { Refusal } from "./values.ts";

export interface ReleaseOptions {
  /** Path of a release's tar.gz on this machine. */
  readonly releaseFile?: string | undefined;
  /** With a `releaseFile` this may be the folder that the file is served in. */
  readonly releaseUrl?: string | undefined;
  readonly releaseSha256?: string | undefined;
}

type ReleaseKey = "release-url" | "release-sha256";

/** Sets `release-url` and `release-sha256` in `read.given`; what is wrong with either goes to `read.problems`. */
export function chooseRelease(read: ReadParams, options: ReleaseOptions): void {
  const { releaseFile, releaseUrl, releaseSha256 } = options;
  override(read, "release-url", releaseUrl);
  override(read, "release-sha256", releaseSha256);
  const reject = (key: ReleaseKey, option: string | undefined, message: string, right: string) =>
    option === undefined
      ? read.refuse(key, `${key}: ${message}`, right)
      : read.problems.push({ at: undefined, message: `--${key}: ${message}`, right });

  if (releaseFile !== undefined) {
    if (releaseSha256 !== undefined)
      reject("release-sha256", releaseSha256, "--release computes it from the file", "leave one of the two out");
    const file = load(read, releaseFile);
    // Set also where the file is rejected, so that the value is not called missing as well.
    read.given["release-sha256"] = file?.sha256 ?? "";
    const url = read.given["release-url"];
    const complete = file && url !== undefined && URL.canParse(url) ? urlOfRelease(url, file.name) : url;
    if (complete !== undefined) read.given["release-url"] = complete;
    else if (url !== undefined && file !== undefined)
      reject("release-url", releaseUrl, `this is not the URL of ${file.name}`, "the URL of that file or of its folder");
  }

  const { "release-url": url, "release-sha256": sha256 } = read.given;
  const check = (key: ReleaseKey, option: string | undefined, fault: PlaceholderFault) =>
    fault && reject(key, option, fault.message, fault.right);
  if (url !== undefined && URL.canParse(url)) check("release-url", releaseUrl, releaseUrlFault(url));
  if (sha256 !== undefined) check("release-sha256", releaseSha256, sha256Fault(sha256));
}

function override(read: ReadParams, key: ReleaseKey, text: string | undefined): void {
  if (text === undefined) return;
  const value = allKeys[key].parse(text);
  if (value instanceof Refusal)
    read.problems.push({ at: undefined, message: `--${key}: ${value.message}`, right: value.right });
  // Set even when rejected, so that it is not called missing as well.
  read.given[key] = value instanceof Refusal ? text : value;
}

function load(read: ReadParams, path: string): ReleaseFile | undefined {
  const reject = (message: string) =>
    read.problems.push({
      at: undefined,
      message: `--release: ${path}: ${message}`,
      right: "the tar.gz that `make release` writes to dist/",
    });
  try {
    const file = readReleaseFile(path);
    if (file === undefined) reject("this is not a release of swarmkeeper");
    return file;
  } catch (error) {
    reject(reason(error));
    return undefined;
  }
}
