// etcd and etcdctl for the suite "next", newer than in any Debian: built from etcd's Go module, or, without Go, copied
// from the official image.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type Docker from "dockerode";
import { LabError, messageOf } from "../error.ts";
import { run, which } from "../process.ts";
import type { Step } from "../progress.ts";
import { pull } from "./base.ts";
import { CACHE, cachePath } from "./cache.ts";

/** Tested with swarmkeeper: 3.6.16 and 3.7.3. ETCD=3.7.3 in the environment chooses the latter. */
export const ETCD_VERSION = process.env.ETCD ?? "3.6.16";

const MAINS = {
  etcd: 'import (\n\t"os"\n\n\t"go.etcd.io/etcd/server/v3/etcdmain"\n)\n\nfunc main() { etcdmain.Main(os.Args) }\n',
  etcdctl: 'import "go.etcd.io/etcd/etcdctl/v3/ctlv3"\n\nfunc main() { ctlv3.MustStart() }\n',
};

/**
 * Resolves to a folder of the cache that holds `etcd` and `etcdctl`. LabError if neither Go nor the image is available.
 */
export async function ensureEtcdBinaries(docker: Docker, step: Step): Promise<string> {
  const folder = cachePath(`etcd-${ETCD_VERSION}-${process.arch}`);
  if (existsSync(path.join(folder, "etcd"))) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(cachePath("etcd-build-"));
  try {
    const go = which("go", ["/usr/local/go/bin"]);
    if (go === undefined) await takeFromImage(docker, work, step);
    else await build(go, work, step);
    await rm(folder, { recursive: true, force: true });
    await rename(path.join(work, "bin"), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}

async function build(go: string, work: string, step: Step): Promise<void> {
  const options = { cwd: work, env: { CGO_ENABLED: "0", GOFLAGS: "-mod=mod" } };
  step.note(`go build etcd ${ETCD_VERSION}`);
  await run(go, ["mod", "init", "lab"], options);
  for (const [name, main] of Object.entries(MAINS)) {
    await mkdir(path.join(work, name));
    await writeFile(path.join(work, name, "main.go"), `package main\n\n${main}`);
  }
  const modules = ["server", "etcdctl"].map(module => `go.etcd.io/etcd/${module}/v3@v${ETCD_VERSION}`);
  await run(go, ["get", ...modules], options);
  await run(go, ["build", "-trimpath", "-ldflags=-s -w", "-o", "bin/", "./etcd", "./etcdctl"], options);
}

async function takeFromImage(docker: Docker, work: string, step: Step): Promise<void> {
  const image = `quay.io/coreos/etcd:v${ETCD_VERSION}`;
  step.note(`Go is not installed: pulling ${image}`);
  await pull(docker, image).catch((cause: unknown) => {
    throw new LabError(`SUITE=next needs Go ≥ 1.23 to build etcd, or ${image}: ${messageOf(cause)}`, { cause });
  });
  await mkdir(path.join(work, "bin"));
  const container = await docker.createContainer({ Image: image });
  try {
    for (const name of Object.keys(MAINS)) {
      const stream = await container.getArchive({ path: `/usr/local/bin/${name}` });
      const tar = spawn("tar", ["-C", path.join(work, "bin"), "-x"], { stdio: ["pipe", "inherit", "inherit"] });
      const closed = once(tar, "close");
      stream.pipe(tar.stdin);
      await closed;
    }
  } finally {
    await container.remove({ force: true });
  }
}
