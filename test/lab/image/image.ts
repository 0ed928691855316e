// The host image of a suite. Its tag is a hash of all its inputs, so that the image is built only after an input has
// changed.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type Docker from "dockerode";
import { type TarFile, tar } from "../../../deploy/tar.ts";
import type { Engine } from "../engine/engine.ts";
import { LabError, messageOf } from "../error.ts";
import type { Step } from "../progress.ts";
import { debianOf, type Suite } from "../suite.ts";
import { ensureBase, follow, hasImage } from "./base.ts";
import { readCached, storeCached } from "./cache.ts";
import { ETCD_VERSION, ensureEtcdBinaries } from "./etcd-binaries.ts";

const FOLDER = path.join(import.meta.dirname, "context");
const REPOSITORY = "swarmkeeper-lab";

/** Resolves to the image's reference. If the engine lacks the image, builds it or loads it from the cache. */
export async function ensureImage(engine: Engine, suite: Suite, step: Step): Promise<string> {
  const { docker } = engine;
  const tag = `${suite}-${contentHash(suite)}`;
  const reference = `${REPOSITORY}:${tag}`;
  const cached = `host-${tag}-${process.arch}.tar`;
  if (await hasImage(docker, reference)) {
    step.cached();
  } else {
    const tarball = readCached(cached);
    if (tarball !== undefined) {
      step.note(`loading .cache/lab/${cached}`);
      await follow(docker, await docker.loadImage(tarball));
      step.cached();
    } else {
      await build(engine, suite, reference, step);
      // Only the private engine is removed with its images; any other engine keeps them.
      if (engine.private) await storeCached(cached, await docker.getImage(reference).get(), `host-${suite}-`);
    }
  }
  step.note(`${suite} · ${await versions(docker, reference)}`);
  return reference;
}

function contentHash(suite: Suite): string {
  const hash = createHash("sha256").update(suite);
  if (suite === "next") hash.update(ETCD_VERSION);
  for (const name of readdirSync(FOLDER).sort()) hash.update(name).update(readFileSync(path.join(FOLDER, name)));
  return hash.digest("hex").slice(0, 12);
}

async function build(engine: Engine, suite: Suite, reference: string, step: Step): Promise<void> {
  const { docker } = engine;
  const release = debianOf(suite);
  await ensureBase(docker, release, step);
  const folders = [FOLDER];
  if (suite === "next") folders.push(await ensureEtcdBinaries(docker, step));
  const context = await tar((await Promise.all(folders.map(filesOf))).flat());
  step.note("building");
  const stream = await docker.buildImage(Readable.from([context]), {
    t: reference,
    buildargs: { BASE: `${release}-slim`, SUITE: suite },
    // A private engine has no bridge. Its builds reach the mirror through this machine's network.
    ...(engine.private ? { networkmode: "host" } : {}),
    forcerm: true,
    version: "1",
  });
  await follow(docker, stream, text => step.note(text)).catch((cause: unknown) => {
    throw new LabError(`cannot build the host image: ${messageOf(cause)}`, { cause });
  });
}

async function filesOf(folder: string): Promise<TarFile[]> {
  const names = readdirSync(folder).sort();
  return Promise.all(
    names.map(async name => ({ path: name, mode: 0o755 as const, content: await readFile(path.join(folder, name)) })),
  );
}

/** "docker 26.1.5 · etcd 3.5.16", as install.sh writes it into the image. */
async function versions(docker: Docker, reference: string): Promise<string> {
  const container = await docker.createContainer({ Image: reference });
  try {
    const tar = await buffer(await container.getArchive({ path: "/opt/lab/versions" }));
    return /docker \S+ · etcd \S+/.exec(tar.toString())?.[0] ?? "versions unknown";
  } finally {
    await container.remove({ v: true });
  }
}
