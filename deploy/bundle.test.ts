import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { etcdBinary } from "../test/fixtures/etcd/build.ts";
import { ownAddress } from "../test/fixtures/loopback.ts";
import { slackReceiver } from "../test/fixtures/slack-receiver.ts";
import { bundle } from "./bundle.ts";
import { fetchRuntime, OWN_ARCH } from "./runtime.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarmkeeper-bundle-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Bundles a source inside the repository, where its libraries are, and runs it in a folder without them. */
async function bundled(source: string): Promise<string> {
  const entry = join(root, ".cache", `bundle-test-${process.pid}.ts`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(entry, source);
  const { modules } = await bundle(root, entry).finally(() => rmSync(entry));
  for (const { name, content } of modules) writeFileSync(join(folder, name), content);
  return join(folder, "swarmkeeper.mjs");
}

// A wrongly bundled protobufjs silently corrupts 64-bit numbers. A lease id has 63 bits.
const LEASE = "7587869123456789013";
const PROGRAM = `
import { Etcd3 } from "etcd3";
import Docker from "dockerode";
new Docker({ socketPath: "/nonexistent" });
const etcd = new Etcd3({ hosts: process.argv[2] });
const { ID } = await etcd.leaseClient.leaseGrant({ ID: process.argv[3], TTL: 60 });
await etcd.put("key").value("value").lease(ID);
const { kvs } = await etcd.get("key").exec();
console.log(JSON.stringify({ lease: kvs[0].lease, value: kvs[0].value.toString() }));
process.exit(0);
`;

test("etcd3 talks to a real etcd from a bundle without other files", { timeout: 60_000 }, async () => {
  const program = await bundled(PROGRAM);
  const address = ownAddress();
  const urls = { client: `http://${address}:2379`, peer: `http://${address}:2380` };
  const etcd = spawn(await etcdBinary("3.5"), [], {
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
    const { stdout } = await run(process.execPath, [program, urls.client, LEASE], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual({ lease: LEASE, value: "value" });
  } finally {
    etcd.kill("SIGKILL");
  }
});

test("a bundle has no native module and no worker file", async () => {
  const { inputs } = await bundle(root, join(root, "cli/main.ts"));
  expect(inputs.filter(input => /\.node$|node_modules\/(ssh2|cpu-features)\//.test(input))).toEqual([]);
});

test("openpgp is a separate module, which only `vault init` loads when it runs", async () => {
  const { modules } = await bundle(root, join(root, "cli/main.ts"));
  const texts = modules.map(({ name, content }) => ({ name, text: Buffer.from(content).toString() }));
  const inside = texts.filter(({ text }) => text.includes("getEncryptionKeyIDs"));
  expect(inside.map(({ name }) => name)).toEqual([expect.stringMatching(/^openpgp-/)]);
  const chunk = inside[0]?.name ?? "";
  const users = texts.filter(({ text }) => text.includes(`./${chunk}`));
  expect(users.map(({ name }) => name)).toEqual([expect.stringMatching(/^init-/)]);
  expect(users[0]?.text).toContain(`import("./${chunk}")`);
});

test("every module of the bundle loads, also those that only one command imports", async () => {
  const { modules } = await bundle(root, join(root, "cli/main.ts"));
  const lib = join(folder, "every/lib");
  mkdirSync(lib, { recursive: true });
  for (const { name, content } of modules) writeFileSync(join(lib, name), content);
  const chunks = modules.map(({ name }) => name).filter(name => name !== "swarmkeeper.mjs");
  const load = `for (const name of ${JSON.stringify(chunks)}) await import("./lib/" + name)`;
  writeFileSync(join(folder, "every/load.mjs"), load);
  expect((await run(process.execPath, [join(folder, "every/load.mjs")])).stderr).toBe("");
});

const SLACK = `
import { slackOver } from "../drivers/slack/real.ts";
console.log(JSON.stringify(await slackOver({ urlFile: process.argv[2] }).post({ text: "h4 is up" })));
`;

test("a bundle sends a message to Slack without a JIT compiler, as in an agent", {
  timeout: 60_000,
}, async () => {
  const program = await bundled(SLACK);
  const receiver = await slackReceiver();
  const urlFile = join(folder, "url");
  writeFileSync(urlFile, receiver.url("secret"), { mode: 0o600 });
  const { stdout } = await run(process.execPath, ["--jitless", program, urlFile], { cwd: folder });
  await receiver.close();
  expect(JSON.parse(stdout)).toEqual({ kind: "sent" });
  expect(receiver.accepted).toEqual([{ text: "h4 is up" }]);
});

// Loads everything that an agent loads, and makes a request of its bootstrap and one to a Vault.
const AGENT = `
import { runAgent } from "../agent/main.ts";
import { localHost } from "../drivers/host/real.ts";
import { connectVault } from "../drivers/vault/real.ts";
const url = process.argv[2];
const { status } = await localHost().http({ method: "GET", url, timeoutMs: 5000 });
const vault = await connectVault()(url).health().catch(error => error.message);
const undici = process.moduleLoadList.some(name => name.endsWith("/undici"));
console.log(JSON.stringify({ agent: typeof runAgent, status, vault, undici }));
`;

test("a bundled agent needs neither a JIT compiler nor undici", { timeout: 60_000 }, async () => {
  const program = await bundled(AGENT);
  const runtime = await fetchRuntime(OWN_ARCH, join(root, ".cache/runtime"));
  const server = createHttpServer((_, response) => response.writeHead(204).end());
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const { stdout } = await run(join(runtime, "bin/node"), ["--jitless", program, `http://127.0.0.1:${port}/`]);
    const vault = expect.stringContaining("it answers 204");
    expect(JSON.parse(stdout)).toEqual({ agent: "function", status: 204, vault, undici: false });
  } finally {
    server.close();
  }
});
