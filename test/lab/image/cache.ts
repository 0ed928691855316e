// Files under .cache/lab that take minutes to make. The next lab on this machine starts with them at once.
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export const REPOSITORY = path.resolve(import.meta.dirname, "../../..");
export const CACHE = path.join(REPOSITORY, ".cache/lab");

/** The full path of a name in the cache, whether or not it exists. */
export function cachePath(name: string): string {
  return path.join(CACHE, name);
}

/** A stream of a cached file; undefined if there is none. */
export function readCached(name: string): Readable | undefined {
  return existsSync(cachePath(name)) ? createReadStream(cachePath(name)) : undefined;
}

/** Stores a file completely or not at all. Then removes the older files whose names begin with `family`. */
export async function storeCached(name: string, content: NodeJS.ReadableStream, family = name): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const partial = cachePath(`${name}.${process.pid}.partial`);
  try {
    await pipeline(content, createWriteStream(partial));
    await rename(partial, cachePath(name));
  } finally {
    await rm(partial, { force: true });
  }
  const whole = (await readdir(CACHE)).filter(file => file.endsWith(path.extname(name)));
  const older = whole.filter(file => file.startsWith(family) && file !== name);
  await Promise.all(older.map(file => rm(cachePath(file))));
}
