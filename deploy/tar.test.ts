import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";
import { afterEach, expect, test, vi } from "vitest";
import { type TarFile, tar } from "./tar.ts";

const FILES: readonly TarFile[] = [
  { path: "bin/program", mode: 0o755, content: Buffer.from("#!/bin/sh\n") },
  { path: "LICENSE", mode: 0o644, content: Buffer.from("MIT") },
  { path: "lib/deep/secret", mode: 0o600, content: new Uint8Array(1_000).fill(65) },
  { path: `lib/${"long".repeat(30)}/name`, mode: 0o644, content: new Uint8Array() },
];

const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

async function entriesOf(archive: Buffer): Promise<(Header & { content: string })[]> {
  const found: (Header & { content: string })[] = [];
  for await (const entry of Readable.from([archive]).pipe(extract())) {
    found.push({ ...entry.header, content: await text(entry) });
  }
  return found;
}

afterEach(() => void vi.useRealTimers());

test("the same files give the same archive, in any order, at any time and on any machine", async () => {
  const first = await tar(FILES);
  vi.useFakeTimers({ now: new Date("2031-05-06T07:08:09Z"), toFake: ["Date"] });
  expect(await tar([...FILES].reverse())).toEqual(first);
  // The same sources must always give the same hash, also with a new version of tar-stream.
  expect(sha256(first)).toBe("2069f8ad6313e47a55f391e02076aed9f07e5af82ae462fe0c9ce9e483f61f68");
});

test("an archive has folders before files, sorted, owned by root, with one time", async () => {
  const entries = await entriesOf(await tar(FILES));
  const long = `lib/${"long".repeat(30)}`;
  expect(entries.map(({ name, type, mode }) => [name, type, mode])).toEqual([
    ["bin/", "directory", 0o755],
    ["lib/", "directory", 0o755],
    ["lib/deep/", "directory", 0o755],
    [`${long}/`, "directory", 0o755],
    ["LICENSE", "file", 0o644],
    ["bin/program", "file", 0o755],
    ["lib/deep/secret", "file", 0o600],
    [`${long}/name`, "file", 0o644],
  ]);
  for (const { uid, gid, uname, gname, mtime } of entries) {
    expect({ uid, gid, uname, gname, mtime }).toEqual({
      uid: 0,
      gid: 0,
      uname: "root",
      gname: "root",
      mtime: new Date("2024-01-01T00:00:00Z"),
    });
  }
});

test("an archive contains the content of each file", async () => {
  const contents = new Map((await entriesOf(await tar(FILES))).map(({ name, content }) => [name, content]));
  for (const { path, content } of FILES) expect(contents.get(path)).toBe(Buffer.from(content).toString());
});
