// Chooses the release that nodes install. The command line overrides the params file, so that one params file serves
// many releases. A release file provides its own name and SHA-256.
import {
  errorsOf,
  invalid,
  type Parsed,
  parsed,
  rejected,
  type Validated,
  type ValidationError,
} from "../crd-like-specs/validation.ts";
import { allKeys } from "./keys.ts";
import { releaseUrlError, sha256Error } from "./placeholders.ts";
import { errorAt, type ParamsReading } from "./read.ts";
import { type ReleaseFile, readReleaseFile, urlOfRelease } from "./release-file.ts";
import { fileErrorReason } from "./system-error.ts";

export interface ReleaseOptions {
  /** Path of the tar.gz of a release on this machine. */
  readonly releaseFile?: string | undefined;
  /** With a `releaseFile` this may be the URL of its folder. */
  readonly releaseUrl?: string | undefined;
  readonly releaseSha256?: string | undefined;
}

/** The URL that every node fetches, and the SHA-256 that it checks. */
export interface Release {
  readonly url: string;
  readonly sha256: string;
}

type ReleaseKey = "release-url" | "release-sha256";

const MISSING: Readonly<Record<ReleaseKey, string>> = {
  "release-url": "set the URL where nodes fetch the release's tar.gz, here or with --release-url",
  "release-sha256": "set the first word of the release's .sha256 file, or use --release FILE, which computes it",
};

/** Does not repeat the errors of single values in the file. */
export function chooseRelease(read: ParamsReading, options: ReleaseOptions): Validated<Release> {
  const file = options.releaseFile === undefined ? undefined : loadRelease(options.releaseFile);
  const url = chooseUrl(read, options.releaseUrl, file?.ok ? file.value : undefined);
  const sha256 = file ? hashOf(file, options.releaseSha256) : chooseHash(read, options.releaseSha256);
  if (url.ok && sha256.ok) return { ok: true, value: { url: url.value, sha256: sha256.value } };
  return invalid(...(file ? [sha256, url] : [url, sha256]).flatMap(errorsOf));
}

function chooseUrl(read: ParamsReading, option: string | undefined, file: ReleaseFile | undefined): Validated<string> {
  const key = "release-url";
  const given = chooseValue(read, key, option);
  if (!given.ok) return given;
  const url = file === undefined ? given.value : urlOfRelease(given.value, file.name);
  if (url === undefined) {
    const message = `this is not the URL of ${file?.name}`;
    return invalid(valueError(read, key, option, { message, expected: "use the URL of that file or of its folder" }));
  }
  const placeholder = releaseUrlError(url);
  return placeholder === undefined ? { ok: true, value: url } : invalid(valueError(read, key, option, placeholder));
}

function chooseHash(read: ParamsReading, option: string | undefined): Validated<string> {
  const key = "release-sha256";
  const given = chooseValue(read, key, option);
  const placeholder = given.ok ? sha256Error(given.value) : undefined;
  return placeholder === undefined ? given : invalid(valueError(read, key, option, placeholder));
}

/** The hash of the file. Rejects a second hash from the option. */
function hashOf(file: Parsed<ReleaseFile>, option: string | undefined): Validated<string> {
  const conflict = {
    message: "--release-sha256: --release computes it from the file",
    expected: "leave one of the two out",
  };
  const errors = [...(option === undefined ? [] : [conflict]), ...(file.ok ? [] : [file.error])];
  return file.ok && errors.length === 0 ? { ok: true, value: file.value.sha256 } : invalid(...errors);
}

/** The value of the command line, otherwise that of the file. */
function chooseValue(read: ParamsReading, key: ReleaseKey, option: string | undefined): Validated<string> {
  if (option !== undefined) {
    const value = allKeys[key].parse(option);
    return value.ok ? value : invalid(valueError(read, key, option, value.error));
  }
  const given = read.given[key];
  if (given !== undefined) return { ok: true, value: given };
  return read.places.has(key) ? invalid() : invalid(errorAt(read, key, `${key} is missing`, MISSING[key]));
}

/** An error in the value of the command line if there is an `option`, otherwise in the file. */
function valueError(
  read: ParamsReading,
  key: ReleaseKey,
  option: string | undefined,
  { message, expected }: ValidationError,
): ValidationError {
  return option === undefined
    ? errorAt(read, key, `${key}: ${message}`, expected)
    : { message: `--${key}: ${message}`, expected };
}

function loadRelease(path: string): Parsed<ReleaseFile> {
  const failed = (message: string) =>
    rejected({
      message: `--release: ${path}: ${message}`,
      expected: "use the tar.gz that `make release` writes to dist/",
    });
  try {
    const file = readReleaseFile(path);
    return file === undefined ? failed("this is not a release of swarmkeeper") : parsed(file);
  } catch (error) {
    return failed(fileErrorReason(error));
  }
}
