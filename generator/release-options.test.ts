// Tests of the release on the command line: a file on this machine, a URL, a hash.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GenerateError, generate } from "./main.ts";
import { urlOfRelease } from "./release-file.ts";

const NAME = "swarmkeeper-0.1.0-linux-x64.tar.gz";
const SHA = "5f389964cd93dd9e348571a8437424ee1ad25a94e0eab61bf1c0122644e3e93f";
const PLACEHOLDERS = `etcd-members: [10.0.0.11]
release-url: https://releases.example.com/${NAME}
release-sha256: ${"0".repeat(64)}
`;

let folder: string;
let releaseFile: string;
let sha256: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-release-options-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/swarmkeeper"), "#!/bin/sh\n", { mode: 0o755 });
  releaseFile = join(folder, NAME);
  execFileSync("tar", ["-czf", releaseFile, "-C", folder, "bin"]);
  sha256 = createHash("sha256").update(readFileSync(releaseFile)).digest("hex");
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, "out"), { recursive: true, force: true }));

type Options = Partial<Parameters<typeof generate>[0]>;

function generateFrom(params: string, options: Options) {
  const paramsPath = join(folder, "params.yml");
  writeFileSync(paramsPath, params);
  return generate({ paramsPath, outDir: join(folder, "out"), ...options });
}

/** The release in the generated user-data. */
function fetched(params: string, options: Options): { url: string | undefined; sha256: string | undefined } {
  generateFrom(params, options);
  const [, url, hash] =
    /SWARMKEEPER_RELEASE_URL=(\S+)\s+SWARMKEEPER_RELEASE_SHA256=(\S+)/.exec(
      readFileSync(join(folder, "out/worker.yml"), "utf8"),
    ) ?? [];
  return { url, sha256: hash };
}

function errorsFor(params: string, options: Options): string[] {
  try {
    generateFrom(params, options);
  } catch (error) {
    if (error instanceof GenerateError) return error.errors.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe("--release FILE", () => {
  test("provides the name and the sha256 instead of placeholders in the params", () => {
    const releaseUrl = "https://releases.swarm.internal/stable";
    expect(fetched(PLACEHOLDERS, { releaseFile, releaseUrl })).toEqual({ url: `${releaseUrl}/${NAME}`, sha256 });
  });

  test("completes the URL of its folder in the params file", () => {
    const params = "etcd-members: [10.0.0.11]\nrelease-url: http://10.0.0.2/\n";
    expect(fetched(params, { releaseFile })).toEqual({ url: `http://10.0.0.2/${NAME}`, sha256 });
  });

  test("rejects a file that is not a release", () => {
    const other = join(folder, "swarmkeeper-0.1.0.tgz");
    mkdirSync(join(folder, "package"), { recursive: true });
    execFileSync("tar", ["-czf", other, "-C", folder, "package"]);
    const releaseUrl = "http://10.0.0.2/";
    for (const [path, why] of [
      [other, "this is not a release of swarmkeeper"],
      [join(folder, "params.yml"), "this is not a release of swarmkeeper"],
      [join(folder, "missing.tar.gz"), "no such file or folder"],
    ] as const)
      expect(errorsFor(PLACEHOLDERS, { releaseFile: path, releaseUrl })).toEqual([`--release: ${path}: ${why}`]);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  test("rejects an additional --release-sha256 and the URL of another file", () => {
    const releaseUrl = "http://10.0.0.2/swarmkeeper-0.0.9-linux-x64.tar.gz";
    expect(errorsFor(PLACEHOLDERS, { releaseFile, releaseUrl, releaseSha256: SHA })).toEqual([
      "--release-sha256: --release computes it from the file",
      `--release-url: this is not the URL of ${NAME}`,
    ]);
  });
});

test("placeholders on the command line are rejected", () => {
  const options = { releaseUrl: "https://example.org/s.tar.gz", releaseSha256: "0".repeat(64) };
  expect(errorsFor("etcd-members: [10.0.0.11]\n", options)).toEqual([
    "--release-url: example.org is a placeholder: nodes cannot fetch a release from it",
    "--release-sha256: a sha256 of zeros is a placeholder: no file has this hash",
  ]);
});

test.each([
  ["http://10.0.0.2", `http://10.0.0.2/${NAME}`],
  ["http://10.0.0.2/a/", `http://10.0.0.2/a/${NAME}`],
  ["http://10.0.0.2/a", `http://10.0.0.2/a/${NAME}`],
  ["http://10.0.0.2/0.1.0", `http://10.0.0.2/0.1.0/${NAME}`],
  ["http://10.0.0.2/a?token=x", `http://10.0.0.2/a/${NAME}?token=x`],
  [`http://10.0.0.2/a/${NAME}?token=x`, `http://10.0.0.2/a/${NAME}?token=x`],
  ["http://10.0.0.2/a/latest.tar.gz", undefined],
])("urlOfRelease of %s is %s", (url, whole) => {
  expect(urlOfRelease(url, NAME)).toBe(whole);
});
