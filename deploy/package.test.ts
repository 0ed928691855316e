// The package for npm, as an operator installs it: packed, installed without a registry, run outside of the repository.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../crd-like-specs/version.ts";
import { ownAddress } from "../test/fixtures/loopback.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

let folder: string;
let tarball: string;
let installed: string;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the installed program by its name, in an empty folder. */
function swarmkeeper(...args: string[]): Promise<Outcome> {
  const env = { PATH: `${join(folder, "prefix/bin")}:${process.env.PATH}`, NO_COLOR: "1" };
  return new Promise(resolve =>
    execFile("swarmkeeper", args, { cwd: join(folder, "work"), env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    ),
  );
}

describe("the package", { timeout: 60_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "swarmkeeper-package-"));
    mkdirSync(join(folder, "work"));
    await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root });
    tarball = join(folder, `swarmkeeper-${VERSION}.tgz`);
    const prefix = join(folder, "prefix");
    // Without a registry and with an empty cache, because the package must contain everything that it needs.
    const alone = ["--offline", "--cache", join(folder, "cache"), "--no-audit", "--no-fund"];
    await run("npm", ["install", "--global", "--prefix", prefix, ...alone, tarball], { cwd: folder });
    installed = join(prefix, "lib/node_modules/swarmkeeper");
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("contains the program, its templates and the documents, and no source", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball]);
    const names = stdout.trim().split("\n");
    expect(
      names.filter(name => !/^package\/(docs\/.*\.md|units\/.*\.service|lib\/.*\.mjs)$/.test(name)).sort(),
    ).toEqual([
      "package/CHANGELOG.md",
      "package/LICENSE",
      "package/README.md",
      "package/deploy/examples/params.yml",
      "package/deploy/install.sh",
      "package/deploy/swarmkeeper-agent.service",
      "package/lib/LICENSES",
      "package/package.json",
    ]);
    expect(names).toEqual(
      expect.arrayContaining(["package/lib/swarmkeeper.mjs", "package/units/vault.service", "package/docs/keys.md"]),
    );
  });

  test("depends on no other package", () => {
    const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(manifest).not.toHaveProperty("dependencies");
    expect(readdirSync(join(folder, "prefix/lib/node_modules"))).toEqual(["swarmkeeper"]);
  });

  test("runs as `swarmkeeper`", async () => {
    expect(await swarmkeeper("--version")).toEqual({ code: 0, out: `${VERSION}\n`, err: "" });
    const { out } = await swarmkeeper("schema", "Cluster");
    expect(JSON.parse(out)).toMatchObject({ type: "object" });
  });

  test("generates user-data from its own example", async () => {
    copyFileSync(join(installed, "deploy/examples/params.yml"), join(folder, "work/params.yml"));
    const generate = ["generate", "--params", "params.yml", "--out", "out"];
    const untouched = await swarmkeeper(...generate);
    expect(untouched).toMatchObject({ code: 1, out: "" });
    expect(untouched.err).toMatch(/ is a placeholder(.|\n)* is a placeholder(.|\n)*nothing was written\n$/);

    const release = ["--release-url", "https://releases.swarm.internal/s.tar.gz", "--release-sha256", "5f".repeat(32)];
    const { code, out, err } = await swarmkeeper(...generate, ...release);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.replaceAll(/\d+ bytes/g, "N bytes")).toBe(
      [
        "wrote out/manager.yml  N bytes",
        "  for    the first managers: 10.0.0.11, 10.0.0.12, 10.0.0.13",
        "  holds  no secret",
        "wrote out/worker.yml  N bytes",
        "  for    all other nodes, including nodes added later",
        "  holds  no secret",
        "Boot each node with one of the two as its user-data, once the release is at its URL.",
        "The requirements and ports of the nodes: docs/prerequisites.md",
        "",
      ].join("\n"),
    );
    const manager = join(folder, "work/out/manager.yml");
    expect(readFileSync(manager, "utf8")).toContain("# Installs a swarmkeeper release");
    expect(statSync(manager).mode & 0o777).toBe(0o600);
  });

  test("rejects itself as the release that nodes install", async () => {
    copyFileSync(join(installed, "deploy/examples/params.yml"), join(folder, "work/params.yml"));
    const release = ["--release", tarball, "--release-url", "https://releases.swarm.internal/"];
    const { code, err } = await swarmkeeper("generate", "--params", "params.yml", "--out", "other", ...release);
    expect(code).toBe(1);
    expect(err).toContain(`--release: ${tarball}: this is not a release of swarmkeeper`);
  });

  test("explains how to set the endpoints if no etcd answers", async () => {
    const { code, out, err } = await swarmkeeper("status", "--endpoints", `http://${ownAddress()}:2379`);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("refuses connections: nothing listens there\n");
    expect(err).toContain("use --endpoints http://NODE:2379 or set SWARMKEEPER_ENDPOINTS");
    expect(err).not.toMatch(/^ +at /m);
  });
});
