import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-bundle-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

// 64-bit numbers are what a wrongly bundled protobufjs gets wrong without a word: a lease id has 63 bits.
const PROGRAM = `
import { Etcd3 } from "etcd3";
import Docker from "dockerode";
new Docker({ socketPath: "/nonexistent" });
const etcd = new Etcd3({ hosts: process.argv[2] });
const lease = etcd.lease(60);
const id = await lease.grant();
await etcd.put("key").value("value").lease(id);
const { kvs } = await etcd.get("key").exec();
console.log(JSON.stringify({ same: kvs[0].lease === id, digits: id.length, value: kvs[0].value.toString() }));
process.exit(0);
`;

test("etcd3 speaks with a real etcd from a bundle that has no file beside it", { timeout: 60_000 }, async () => {
  // Inside the repository, where its libraries are found; the bundle then runs where they are not.
  const entry = join(root, ".cache", `bundle-test-${process.pid}.ts`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(entry, PROGRAM);
  const { modules } = await bundle(root, entry).finally(() => rmSync(entry));
  for (const { name, content } of modules) writeFileSync(join(folder, name), content);

  const [client, peer] = [await freePort(), await freePort()];
  const urls = { client: `http://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` };
  const etcd = spawn("etcd", [], {
    stdio: "ignore",
    env: {
      PATH: process.env.PATH,
      ETCD_DATA_DIR: join(folder, "data"),
      ETCD_LISTEN_CLIENT_URLS: urls.client,
      ETCD_ADVERTISE_CLIENT_URLS: urls.client,
      ETCD_LISTEN_PEER_URLS: urls.peer,
      ETCD_INITIAL_ADVERTISE_PEER_URLS: urls.peer,
      ETCD_INITIAL_CLUSTER: `default=${urls.peer}`,
    },
  });
  try {
    await expect
      .poll(async () => (await fetch(`${urls.client}/health`).catch(() => undefined))?.ok, { timeout: 20_000 })
      .toBe(true);
    const { stdout } = await run(process.execPath, [join(folder, "swarmkeeper.mjs"), urls.client], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ same: true, digits: 19, value: "value" });
  } finally {
    etcd.kill("SIGKILL");
  }
});

test("a bundle has no native module and no worker file", async () => {
  const { inputs } = await bundle(root, join(root, "cli/main.ts"));
  expect(inputs.filter(input => /\.node$|node_modules\/(ssh2|cpu-features)\//.test(input))).toEqual([]);
});
