// debian:RELEASE-slim, the base of the host image. It comes from the engine, from the cache, from a registry, or, if no
// registry answers, from debootstrap.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type Docker from "dockerode";
import { needCommands } from "../engine/packages.ts";
import { LabError, messageOf, statusOf } from "../error.ts";
import { run, which } from "../process.ts";
import type { Step } from "../progress.ts";
import { CACHE, cachePath, readCached, storeCached } from "./cache.ts";

const PULL_DEADLINE_MS = 120_000;

/** Ensures that the engine has debian:RELEASE-slim. LabError if it can neither be pulled nor made. */
export async function ensureBase(docker: Docker, release: string, step: Step): Promise<void> {
  const reference = `debian:${release}-slim`;
  if (await hasImage(docker, reference)) return;
  const cached = `base-${release}-${process.arch}.tar`;
  const tarball = readCached(cached);
  if (tarball !== undefined) {
    step.note(`importing .cache/lab/${cached}`);
    return importBase(docker, tarball, release);
  }
  step.note(`pulling ${reference}`);
  const pullError = await pull(docker, reference).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (pullError === undefined) return;
  await needCommands(["debootstrap"], step).catch((cause: unknown) => {
    throw new LabError(`cannot pull ${reference} (${messageOf(pullError)}) or make it: ${messageOf(cause)}`, { cause });
  });
  step.note(`no registry answers: running debootstrap ${release}, about a minute`);
  await bootstrap(release, cached, step);
  const made = readCached(cached);
  if (made === undefined) throw new LabError(`${cachePath(cached)} vanished after it was made`);
  await importBase(docker, made, release);
}

/** True if the engine has this image. Rejects if the engine does not answer. */
export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}

/** Resolves when the pull is complete. Rejects if no registry answers or none has the image. */
export async function pull(docker: Docker, reference: string): Promise<void> {
  const stream = await docker.pull(reference, { abortSignal: AbortSignal.timeout(PULL_DEADLINE_MS) });
  await follow(docker, stream);
}

/** Reads an engine's progress stream to its end. Rejects with the error that the stream reports. */
export function follow(docker: Docker, stream: NodeJS.ReadableStream, onText?: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onProgress = (event: { stream?: string }) => {
      const text = event.stream?.trim().split("\n").at(-1);
      if (text) onText?.(text);
    };
    docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()), onProgress);
  });
}

async function importBase(docker: Docker, tarball: NodeJS.ReadableStream, release: string): Promise<void> {
  const stream = await docker.importImage(tarball, { fromSrc: "-", repo: "debian", tag: `${release}-slim` });
  await follow(docker, stream);
}

async function bootstrap(release: string, cached: string, step: Step): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const root = await mkdtemp(cachePath("rootfs-"));
  try {
    await run(which("debootstrap") ?? "debootstrap", ["--variant=minbase", release, root], {
      onLine: line => step.note(`debootstrap ${line.replace(/^I: /, "")}`),
    });
    const tar = spawn("tar", ["-C", root, "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
    const closed = once(tar, "close");
    await storeCached(cached, tar.stdout);
    const [code] = await closed;
    if (code !== 0) {
      await rm(cachePath(cached), { force: true });
      throw new LabError(`tar of ${root} ended with code ${code}`);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
