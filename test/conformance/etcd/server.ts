// Real etcds on loopback for one test: free ports, a folder of their own, ended by their own pids.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EtcdVersion, etcdBinary } from "../../fixtures/etcd/build.ts";

export interface RealMember {
  readonly name: string;
  readonly clientPort: number;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** Starts its process; `cluster` is the initial cluster string and whether it is new, for the first start. */
  start(first?: { cluster: string; state: "new" | "existing" }): void;
  /** SIGKILL, as a power cut. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface RealCluster {
  readonly members: readonly RealMember[];
  /** A member that is not yet part of the cluster: add it, then start it with `state: "existing"`. */
  spare(): Promise<RealMember>;
  /** `name=peerUrl,…` of these members. */
  initialCluster(members: readonly RealMember[]): string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Of the client URLs. */
  readonly scheme?: "http" | "https";
  /** More of etcd's flags, without the dashes. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** Starts a cluster of `size`; it may need a moment to elect its leader. */
export async function startCluster(
  version: EtcdVersion,
  size: number,
  { scheme = "http", flags = {} }: ServerOptions = {},
): Promise<RealCluster> {
  const binary = await etcdBinary(version);
  const folder = await mkdtemp(join(tmpdir(), `swarmkeeper-etcd-${version}-`));
  const members: RealMember[] = [];
  const add = async () => {
    const [clientPort, peerPort] = [await freePort(), await freePort()];
    const member = makeMember({ binary, folder, name: `m${members.length + 1}`, clientPort, peerPort, scheme, flags });
    members.push(member);
    return member;
  };
  for (let i = 0; i < size; i++) await add();
  const initialCluster = (some: readonly RealMember[]) => some.map(each => `${each.name}=${each.peerUrl}`).join(",");
  const cluster = initialCluster(members);
  for (const member of members) member.start({ cluster, state: "new" });
  return {
    members,
    spare: add,
    initialCluster,
    async stop() {
      await Promise.all(members.map(member => member.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface MemberOptions extends Required<ServerOptions> {
  readonly binary: string;
  readonly folder: string;
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
}

function makeMember({ binary, folder, name, clientPort, peerPort, scheme, flags: more }: MemberOptions): RealMember {
  const clientUrl = `${scheme}://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  let child: ChildProcess | undefined;
  return {
    name,
    clientPort,
    clientUrl,
    peerUrl,
    start(first) {
      const flags = {
        name,
        "data-dir": join(folder, name),
        "listen-client-urls": clientUrl,
        "advertise-client-urls": clientUrl,
        "listen-peer-urls": peerUrl,
        "initial-advertise-peer-urls": peerUrl,
        ...(first && { "initial-cluster": first.cluster, "initial-cluster-state": first.state }),
        ...more,
      };
      const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
      const started = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
      const log = createWriteStream(join(folder, `${name}.log`), { flags: "a" });
      started.stdout.pipe(log, { end: false });
      started.stderr.pipe(log, { end: false });
      started.on("close", () => log.end());
      child = started;
    },
    async kill() {
      const running = child;
      child = undefined;
      if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise(resolve => running.once("exit", resolve));
      running.kill("SIGKILL");
      await gone;
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
