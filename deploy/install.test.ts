import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tar } from "./tar.ts";

const script = join(import.meta.dirname, "install.sh");
const release = async (text: string) =>
  gzipSync(await tar([{ path: "bin/swarmkeeper", mode: 0o755, content: Buffer.from(`#!/bin/sh\necho ${text}\n`) }]));
const hash = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

/** How the server answers the next requests. */
interface Source {
  content: Buffer;
  /** If set, breaks the next connection after this number of bytes. */
  breakAfter: number | undefined;
  ranges: boolean;
  /** The Range header of each request. */
  readonly requests: (string | undefined)[];
}

let home: string;
let server: Server;
let source: Source;
let url: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "swarmkeeper-install-"));
  source = { content: await release("one"), breakAfter: undefined, ranges: true, requests: [] };
  server = createServer((request, response) => {
    source.requests.push(request.headers.range);
    const from = source.ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0;
    if (from > 0 && from >= source.content.length) return response.writeHead(416).end();
    const body = source.content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": body.length,
      ...(from > 0 && { "content-range": `bytes ${from}-${source.content.length - 1}/${source.content.length}` }),
    });
    if (source.breakAfter === undefined) return response.end(body);
    response.write(body.subarray(0, source.breakAfter), () => response.destroy());
    source.breakAfter = undefined;
    return response;
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/release.tar.gz`;
});
afterEach(async () => {
  await new Promise(resolve => server.close(resolve));
  rmSync(home, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function install(sha: string, { shell = ["sh"], path = process.env.PATH ?? "" } = {}): Promise<Outcome> {
  const env = { PATH: path, SWARMKEEPER_HOME: home, SWARMKEEPER_BIN: home, SWARMKEEPER_RELEASE_URL: url };
  const [command = "sh", ...args] = shell;
  const child: ChildProcess = spawn(command, [...args, script], { env: { ...env, SWARMKEEPER_RELEASE_SHA256: sha } });
  let output = "";
  child.stdout?.on("data", data => (output += data));
  child.stderr?.on("data", data => (output += data));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => resolve({ code, output }));
  });
}

/** The output of `swarmkeeper` in the PATH. */
const installed = () =>
  new Promise((resolve, reject) =>
    execFile(join(home, "swarmkeeper"), (error, stdout) => (error ? reject(error) : resolve(stdout))),
  );

describe.each([{ shell: ["dash"] }, { shell: ["busybox", "sh"] }, { shell: ["bash", "--posix"] }])("$shell", how => {
  test("fetches, checks, unpacks and activates a release, and does nothing the second time", async () => {
    const sha = hash(source.content);
    expect(await install(sha, how)).toMatchObject({ code: 0 });
    expect(await installed()).toBe("one\n");
    expect(readlinkSync(join(home, "current"))).toBe(`releases/${sha}`);
    expect(readdirSync(join(home, "releases"))).toEqual([sha]);
    expect(await install(sha, how)).toEqual({ code: 0, output: "" });
    expect(source.requests).toHaveLength(1);
  });

  test("rejects a release with another hash, and installs the right one later", async () => {
    const right = source.content;
    source.content = await release("forged");
    const { code, output } = await install(hash(right), how);
    expect(code).not.toBe(0);
    expect(output).toContain(`expected sha256 ${hash(right)}, got ${hash(source.content)}`);
    expect(readdirSync(join(home, "releases"))).toEqual([]);
    source.content = right;
    expect(await install(hash(right), how)).toMatchObject({ code: 0 });
  });
});

test("install.sh activates a new release and keeps the previous one", async () => {
  const previous = hash(source.content);
  await install(previous);
  source.content = await release("two");
  expect(await install(hash(source.content))).toMatchObject({ code: 0 });
  expect(await installed()).toBe("two\n");
  expect(existsSync(join(home, "releases", previous))).toBe(true);
});

test("install.sh continues a broken download", async () => {
  source.breakAfter = 40;
  expect(await install(hash(source.content))).toMatchObject({ code: 0 });
  expect(source.requests).toEqual([undefined, "bytes=40-"]);
  expect(await installed()).toBe("one\n");
});

test("install.sh restarts a broken download if the server cannot continue it", async () => {
  source.breakAfter = 40;
  source.ranges = false;
  expect(await install(hash(source.content))).toMatchObject({ code: 0 });
  expect(await installed()).toBe("one\n");
});

test("install.sh replaces a corrupt file of an earlier run", async () => {
  const sha = hash(source.content);
  await install(sha);
  rmSync(join(home, "releases", sha), { recursive: true });
  writeFileSync(join(home, "releases", `${sha}.part`), Buffer.alloc(source.content.length));
  expect(await install(sha)).toMatchObject({ code: 0 });
  expect(await installed()).toBe("one\n");
});

test("install.sh names the URL that it could not fetch", async () => {
  await new Promise(resolve => server.close(resolve));
  const { code, output } = await install(hash(source.content));
  expect(code).toBe(1);
  expect(output).toContain(`install: could not fetch ${url}`);
  expect(existsSync(join(home, "current"))).toBe(false);
});

test("install.sh names a missing variable", async () => {
  const child = await new Promise<string>(resolve =>
    execFile("sh", [script], { env: { PATH: process.env.PATH } }, (_, __, stderr) => resolve(stderr)),
  );
  expect(child).toContain("SWARMKEEPER_RELEASE_URL: is not set: the URL of a release");
  expect(readFileSync(script, "utf8").startsWith("#!/bin/sh\n")).toBe(true);
});
