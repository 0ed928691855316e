import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../crd-like-specs/version.ts";
import { buildRelease, type Release } from "./release.ts";
import { NODE_VERSION, OWN_ARCH } from "./runtime.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

// Only a shell and a libc: no Node, no npm, no module folder above.
const bareHost = { cwd: "/", env: { PATH: "/nonexistent:/usr/bin:/bin", HOME: "/" } };

let folder: string;
let first: Release;
let second: Release;
let unpacked: string;

describe("a release", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "swarmkeeper-release-"));
    first = await buildRelease(root, OWN_ARCH, { outDir: join(folder, "first") });
    second = await buildRelease(root, OWN_ARCH, { outDir: join(folder, "second") });
    unpacked = join(folder, "unpacked");
    await run("mkdir", [unpacked]);
    await run("tar", ["-xzf", first.path, "-C", unpacked]);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const swarmkeeper = (...args: string[]) => run(join(unpacked, "bin/swarmkeeper"), args, bareHost);

  test("has the same bytes in each build", () => {
    expect(basename(first.path)).toBe(`swarmkeeper-${VERSION}-linux-${OWN_ARCH}.tar.gz`);
    expect(second.sha256).toBe(first.sha256);
    expect(createHash("sha256").update(readFileSync(first.path)).digest("hex")).toBe(first.sha256);
  });

  test("has a hash file for sha256sum", async () => {
    const { stdout } = await run("sha256sum", ["--check", `${basename(first.path)}.sha256`], {
      cwd: dirname(first.path),
    });
    expect(stdout).toBe(`${basename(first.path)}: OK\n`);
  });

  test("contains the files that a node needs, owned by root, in a fixed order", async () => {
    const { stdout } = await run("tar", ["--list", "--verbose", "--numeric-owner", "--file", first.path]);
    const lines = stdout.trim().split("\n");
    const names = lines
      .map(line => line.split(/\s+/).at(-1) ?? "")
      .filter(name => !/\/[\w.-]+-[A-Z0-9]{8}\.mjs$|^docs\/.*\.md$/.test(name));
    expect(names).toEqual([
      ...["bin/", "deploy/", "deploy/examples/", "docs/", "docs/decisions/", "lib/", "libexec/", "units/"],
      ...["LICENSE", "README.md", "bin/swarmkeeper", "deploy/examples/params.yml", "deploy/install.sh"],
      ...["deploy/swarmkeeper-agent.service", "lib/LICENSE-node", "lib/LICENSES", "lib/node"],
      ...["lib/swarmkeeper.mjs", "libexec/etcd", "units/node-lifecycle.service"],
      "units/swarmkeeper-controller.service",
      ...["units/swarmkeeper-etcd-member.service", "units/swarmkeeper-etcd-proxy.service"],
      "units/vault.service",
    ]);
    for (const line of lines) expect(line).toMatch(/^(d|-)rw(xr-xr-x|-r--r--) 0\/0 /);
    const documents = lines.map(line => line.split(/\s+/).at(-1)).filter(name => name?.startsWith("docs/"));
    expect(documents).toEqual(expect.arrayContaining(["docs/prerequisites.md", "docs/recovery.md"]));
  });

  test("runs on its own Node", async () => {
    expect((await swarmkeeper("--version")).stdout).toBe(`${VERSION}\n`);
    expect((await run(join(unpacked, "lib/node"), ["--version"], bareHost)).stdout).toBe(`v${NODE_VERSION}\n`);
  });

  test("runs through a symbolic link, as operators call it", async () => {
    const link = join(folder, "swarmkeeper");
    await run("ln", ["-s", join(unpacked, "bin/swarmkeeper"), link]);
    expect((await run(link, ["--version"], bareHost)).stdout).toBe(`${VERSION}\n`);
  });

  test("generates user-data with its own scripts", async () => {
    const params = join(folder, "params.yml");
    writeFileSync(
      params,
      `etcd-members: [10.0.0.11]\nrelease-url: https://releases.swarm.internal/s.tar.gz\nrelease-sha256: ${first.sha256}\n`,
    );
    await swarmkeeper("generate", "--params", params, "--out", join(folder, "out"));
    expect(readFileSync(join(folder, "out/manager.yml"), "utf8")).toContain("# Installs a swarmkeeper release");
  });

  test("generates user-data from the example on an operator's own machine", async () => {
    const out = join(folder, "from-example");
    const params = join(unpacked, "deploy/examples/params.yml");
    const release = ["--release", first.path, "--release-url", "https://releases.swarm.internal/"];
    const { stdout } = await swarmkeeper("generate", "--params", params, "--out", out, ...release);
    expect(stdout).toContain("  for    the first managers: 10.0.0.11, 10.0.0.12, 10.0.0.13\n  holds  no secret\n");
    expect(readFileSync(join(out, "worker.yml"), "utf8")).toContain(
      `SWARMKEEPER_RELEASE_URL=https://releases.swarm.internal/${basename(first.path)}\n` +
        `    SWARMKEEPER_RELEASE_SHA256=${first.sha256}\n`,
    );
    expect(JSON.parse((await swarmkeeper("schema", "Cluster")).stdout)).toMatchObject({ type: "object" });
  });

  test("contains every library: the daemons start and lack only their configuration", async () => {
    for (const daemon of ["agent", "controller"]) {
      const failure = await swarmkeeper(daemon, "--config", "/nonexistent/agent.yml").then(
        () => "it ran",
        (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
      );
      expect(failure).toContain("/nonexistent/agent.yml");
      expect(failure).not.toMatch(/Cannot find (module|package)|rpc\.proto|is not defined/);
    }
  });
});
