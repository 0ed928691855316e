// Real etcds on loopback for one test. Each has its own address and folder, and is ended by its own pid.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EtcdVersion, etcdBinary } from "../../fixtures/etcd/build.ts";
import { ownAddress } from "../../fixtures/loopback.ts";

export const CLIENT_PORT = 2379;
/** In memory, because a busy disk would cause elections that no test expects. */
const MEMORY = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export interface RealMember {
  readonly name: string;
  /** The address of the client URL. The port is CLIENT_PORT. */
  readonly address: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  /** Starts the process. The first start needs the initial cluster and whether it is new. */
  start(first?: { cluster: string; state: "new" | "existing" }): void;
  /** Ends the process with SIGKILL, as a power loss would. Resolves when it has ended. */
  kill(): Promise<void>;
}

export interface RealCluster {
  readonly members: readonly RealMember[];
  /** A process that is not yet a member: add it to the cluster, then start it with `state: "existing"`. */
  spare(): RealMember;
  /** The initial cluster of these members: `name=peerUrl,…`. */
  initialCluster(members: readonly RealMember[]): string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The scheme of the client URLs. Default http. */
  readonly scheme?: "http" | "https";
  /** The first member's address, if certificates name it. Default: a new one. */
  readonly address?: string;
  /** More flags of etcd, without the dashes. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** Starts a cluster of `size` members. It may need a moment to elect its leader. Rejects if etcd cannot be built. */
export async function startCluster(
  version: EtcdVersion,
  size: number,
  { scheme = "http", address: first = ownAddress(), flags = {} }: ServerOptions = {},
): Promise<RealCluster> {
  const binary = await etcdBinary(version);
  const folder = await mkdtemp(join(MEMORY, `swarmkeeper-etcd-${version}-`));
  const members: RealMember[] = [];
  const add = () => {
    const address = members.length === 0 ? first : ownAddress();
    const member = makeMember({ binary, folder, name: `m${members.length + 1}`, scheme, address, flags });
    members.push(member);
    return member;
  };
  for (let i = 0; i < size; i++) add();
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
}

function makeMember({ binary, folder, name, scheme, address, flags: more }: MemberOptions): RealMember {
  const clientUrl = `${scheme}://${address}:${CLIENT_PORT}`;
  const peerUrl = `http://${address}:2380`;
  let child: ChildProcess | undefined;
  return {
    name,
    address,
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
      const ended = new Promise(resolve => running.once("exit", resolve));
      running.kill("SIGKILL");
      await ended;
    },
  };
}
