// Builds the release: program, Node runtime, units and scripts in one tarball, which needs only glibc, libstdc++ and a
// shell on the node. It runs from any folder. The same sources give the same bytes, so that anyone can check a hash in
// user-data.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { VERSION } from "../crd-like-specs/version.ts";
import { bundle } from "./bundle.ts";
import { licensesOf } from "./licenses.ts";
import { type Arch, fetchRuntime } from "./runtime.ts";
import { type TarFile, tar } from "./tar.ts";

export interface Release {
  /** `dist/swarmkeeper-VERSION-linux-ARCH.tar.gz`. The path with `.sha256` holds a line for `sha256sum --check`. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Builds a release of the repository `root` into `outDir`. Tests of the release replace the program by `entry`. */
export async function buildRelease(
  root: string,
  arch: Arch,
  { outDir = join(root, "dist"), entry = join(root, "cli/main.ts") } = {},
): Promise<Release> {
  const [{ modules, inputs }, runtime] = await Promise.all([
    bundle(root, entry),
    fetchRuntime(arch, join(root, ".cache/runtime")),
  ]);
  const at = (path: string) => readFile(join(root, path));
  // Modules in lib/, with units/ and deploy/ next to it, so that a bundled module finds files by the same relative URL
  // as a module in a folder of the repository.
  const files: TarFile[] = [
    { path: "bin/swarmkeeper", mode: 0o755, content: await at("deploy/bin/swarmkeeper") },
    { path: "lib/node", mode: 0o755, content: await readFile(join(runtime, "bin/node")) },
    ...modules.map(({ name, content }): TarFile => ({ path: `lib/${name}`, mode: 0o644, content })),
    { path: "libexec/etcd", mode: 0o755, content: await at("deploy/libexec/etcd") },
    { path: "deploy/install.sh", mode: 0o755, content: await at("deploy/install.sh") },
    { path: "deploy/swarmkeeper-agent.service", mode: 0o644, content: await at("deploy/swarmkeeper-agent.service") },
    ...(await unitFiles(join(root, "units"))),
    // For an operator who runs the CLI from the unpacked release.
    { path: "deploy/examples/params.yml", mode: 0o644, content: await at("deploy/examples/params.yml") },
    { path: "README.md", mode: 0o644, content: await at("README.md") },
    ...(await documents(root)),
    { path: "LICENSE", mode: 0o644, content: await at("LICENSE") },
    { path: "lib/LICENSES", mode: 0o644, content: Buffer.from(await licensesOf(root, inputs)) },
    { path: "lib/LICENSE-node", mode: 0o644, content: await readFile(join(runtime, "LICENSE")) },
  ];
  const archive = await promisify(gzip)(await tar(files), { level: 6 });
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const name = `swarmkeeper-${VERSION}-linux-${arch}.tar.gz`;
  await mkdir(outDir, { recursive: true });
  await replace(join(outDir, name), archive);
  await replace(join(outDir, `${name}.sha256`), `${sha256}  ${name}\n`);
  return { path: join(outDir, name), sha256, bytes: archive.length };
}

async function unitFiles(folder: string): Promise<TarFile[]> {
  const names = (await readdir(folder)).filter(name => /^[^.].*\.(service|timer|socket|mount|path|target)$/.test(name));
  return Promise.all(
    names.map(async name => ({
      path: `units/${name}`,
      mode: 0o644 as const,
      content: await readFile(join(folder, name)),
    })),
  );
}

async function documents(root: string): Promise<TarFile[]> {
  const paths = await readdir(join(root, "docs"), { recursive: true });
  return Promise.all(
    paths
      .filter(path => path.endsWith(".md"))
      .map(async path => ({
        path: `docs/${path}`,
        mode: 0o644 as const,
        content: await readFile(join(root, "docs", path)),
      })),
  );
}

/** Replaces the file in one step, because a node may be fetching it during a new build. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.${process.pid}`, content);
  await rename(`${path}.${process.pid}`, path);
}
