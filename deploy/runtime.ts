// The Node runtime of a release, from npm's node-linux-* packages: each holds the official binary and runs no script.
// The packages are fetched with `npm pack` and not installed. As dependencies they would put their `node` before the
// developer's one in every npm script, and npm would reject the package of the other architecture.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const NODE_VERSION = "24.21.0";
export type Arch = "x64" | "arm64";

/** The architecture of this machine. */
export const OWN_ARCH: Arch = process.arch === "arm64" ? "arm64" : "x64";

/**
 * The integrity that the registry publishes (`npm view PACKAGE dist.integrity`), so that no mirror can change a
 * package.
 */
const INTEGRITY: Readonly<Record<Arch, string>> = {
  x64: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
  arm64: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

/** The folder with `bin/node` and `LICENSE`. Fetches it once into `cache`. Rejects a package with another integrity. */
export async function fetchRuntime(arch: Arch, cache: string): Promise<string> {
  const name = `node-linux-${arch}-${NODE_VERSION}`;
  const folder = join(cache, name);
  if (await readFile(join(folder, "LICENSE")).catch(() => undefined)) return folder;

  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    await run("npm", ["pack", `node-linux-${arch}@${NODE_VERSION}`, "--silent", "--pack-destination", work]);
    const tarball = join(work, `${name}.tgz`);
    const integrity = `sha512-${createHash("sha512")
      .update(await readFile(tarball))
      .digest("base64")}`;
    if (integrity !== INTEGRITY[arch])
      throw new Error(`${name}.tgz does not match the pinned integrity: expected ${INTEGRITY[arch]}, got ${integrity}`);
    await run("tar", ["-xzf", tarball, "-C", work, "package/bin/node", "package/LICENSE"]);
    await rename(join(work, "package"), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
