// Three real Vaults on one real etcd for one test. Each has its own address and is ended by its own pid.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../drivers/clock/real.ts";
import { ownAddress } from "../../fixtures/loopback.ts";
import { vaultBinaries } from "../../fixtures/vault/build.ts";
import { startCluster } from "../etcd/server.ts";
import { eventually } from "../eventually.ts";

export interface RealVaults {
  readonly urls: readonly string[];
  start(url: string): Promise<void>;
  /** Sends the signal. Resolves when the process has ended. */
  end(url: string, signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  close(): Promise<void>;
}

/** Starts three servers on an empty storage. They need a moment until they answer. Rejects if Vault cannot be built. */
export async function startVaults(): Promise<RealVaults> {
  const { vault } = await vaultBinaries();
  const etcd = await startCluster("3.6", 1);
  const folder = await mkdtemp(join(tmpdir(), "swarmkeeper-vault-"));
  const storage = etcd.members.map(({ clientUrl }) => clientUrl).join();
  const running = new Map<string, ChildProcess>();
  const addresses = Array.from({ length: 3 }, ownAddress);
  const urlOf = (address: string) => `http://${address}:8200`;

  const start = async (url: string) => {
    const address = new URL(url).hostname;
    const file = join(folder, `${address}.json`);
    await writeFile(file, JSON.stringify(configuration(address, storage)));
    const child = spawn(vault, ["server", `-config=${file}`], { stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(join(folder, `${address}.log`), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on("close", () => log.end());
    running.set(url, child);
  };
  const end = async (url: string, signal: "SIGTERM" | "SIGKILL") => {
    const child = running.get(url);
    running.delete(url);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };

  // A Vault exits after five seconds if its storage does not answer.
  await eventually(systemClock, "etcd to answer", 30_000, async () => (await fetch(`${storage}/health`)).ok);
  for (const address of addresses) await start(urlOf(address));
  return {
    urls: addresses.map(urlOf),
    start,
    end,
    async close() {
      await Promise.all([...running.keys()].map(url => end(url, "SIGKILL")));
      await etcd.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Vault accepts its configuration in JSON, too. */
function configuration(address: string, storage: string) {
  return {
    storage: { etcd: { address: storage, etcd_api: "v3", ha_enabled: "true" } },
    listener: { tcp: { address: `${address}:8200`, cluster_address: `${address}:8201`, tls_disable: true } },
    api_addr: `http://${address}:8200`,
    cluster_addr: `https://${address}:8201`,
    disable_mlock: true,
  };
}

export interface PgpPair {
  /** The binary keys in base64. */
  readonly public: string;
  readonly private: string;
}

/** A new key pair. */
export async function newPgpPair(): Promise<PgpPair> {
  return JSON.parse(await pgp("key", ""));
}

/** A function that decrypts a base64 message with the private key. */
export function decryptWith(pair: PgpPair): (message: string) => Promise<string> {
  return message => pgp("decrypt", JSON.stringify({ private: pair.private, message }));
}

async function pgp(command: string, input: string): Promise<string> {
  const { pgp: program } = await vaultBinaries();
  return new Promise((resolve, reject) => {
    const child = execFile(program, [command], (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(input);
  });
}
