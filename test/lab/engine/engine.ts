// The outer engine, whose containers are the hosts: the Docker that answers, or, if none does, the lab's private
// dockerd. All labs of this machine share the private engine. It stops when the last lab is removed.
import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import Docker from "dockerode";
import { LabError, messageOf } from "../error.ts";
import { run, which } from "../process.ts";
import type { Step } from "../progress.ts";
import { waitFor } from "../wait.ts";
import { needCommands } from "./packages.ts";

/**
 * Outside the repository, which may lie on an overlay, where overlay2 cannot stack, or too deep for the path of a
 * socket.
 */
const STATE = "/var/lib/swarmkeeper-lab";
const RUN = "/run/swarmkeeper-lab";
const SOCKET = `${RUN}/docker.sock`;
const PRIVATE = { socketPath: SOCKET };
const PID_FILE = `${RUN}/dockerd.pid`;
const LOG = `${RUN}/dockerd.log`;
/** Holds the value of net.ipv4.ip_forward from before the lab turned it on. */
const FORWARD_BEFORE = `${RUN}/ip_forward`;
const FORWARD = "/proc/sys/net/ipv4/ip_forward";

export interface Engine {
  readonly docker: Docker;
  /** True for the lab's own dockerd, whose networks have only the lab's iptables rules. */
  readonly private: boolean;
}

/**
 * The engine that answers now: the private one first, because labs live in it, then DOCKER_HOST or the usual socket.
 */
export async function findEngine(): Promise<Engine | undefined> {
  if (existsSync(SOCKET) && (await answers(PRIVATE))) return { docker: new Docker(PRIVATE), private: true };
  return (await answers({})) ? { docker: new Docker(), private: false } : undefined;
}

/**
 * The engine that answers. Starts a private one if none does, as root on Linux; installs `docker.io` and iptables on a
 * Debian that lacks them. LabError if that is impossible.
 */
export async function ensureEngine(step: Step): Promise<Engine> {
  const found = await findEngine();
  if (found !== undefined) return found;
  const installed = await needCommands(["dockerd", "iptables"], step);
  // The package may have started the system's own daemon.
  const system = installed ? await systemEngine() : undefined;
  return system ?? (await startPrivateEngine(step));
}

/** True if a private engine ran and was not taken down. Its labs are still on disk, as after a reboot. */
export function hasPrivateState(): boolean {
  return existsSync(STATE);
}

async function systemEngine(): Promise<Engine | undefined> {
  const probe = async () => (await answers({})) && { docker: new Docker(), private: false };
  return waitFor("the system's docker daemon", 5_000, probe).catch(() => undefined);
}

async function startPrivateEngine(step: Step): Promise<Engine> {
  const dockerd = which("dockerd");
  if (dockerd === undefined || process.getuid?.() !== 0) {
    throw new LabError("no Docker engine answers, and only root can start one: start yours or set DOCKER_HOST");
  }
  step.note("starting a private docker engine");
  await mkdir(`${STATE}/engine`, { recursive: true });
  await mkdir(RUN, { recursive: true });
  const log = openSync(LOG, "a");
  // No bridge and no iptables rules: two dockerds with those disturb each other. The lab adds its rules per network.
  const flags = ["--bridge=none", "--iptables=false", "--ip-forward=false", "--log-level=warn"];
  const paths = ["--data-root", `${STATE}/engine`, "--exec-root", `${RUN}/exec`, "--pidfile", PID_FILE];
  const child = spawn(dockerd, ["-H", `unix://${SOCKET}`, ...paths, ...flags], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  let ended = false;
  child.on("exit", () => {
    ended = true;
  });
  await waitFor("the private docker engine", 60_000, async saw => {
    if (await answers(PRIVATE)) return true; // perhaps another lab started it at the same time
    saw(ended ? `dockerd has ended: ${tail(LOG)}` : "no answer yet");
    return false;
  });
  return { docker: new Docker(PRIVATE), private: true };
}

/** Stops the private engine and removes its files if nothing is left in it. Resolves to true if it did. */
export async function stopPrivateEngine(engine: Engine): Promise<boolean> {
  if (!engine.private) return false;
  const containers = await engine.docker.listContainers({ all: true });
  const networks = await engine.docker.listNetworks();
  const own = networks.filter(network => !["bridge", "host", "none"].includes(network.Name));
  if (containers.length > 0 || own.length > 0) return false;

  const pid = Number(await readFile(PID_FILE, "utf8"));
  if (!isOurs(pid)) throw new LabError(`${PID_FILE} names process ${pid}, which is not the lab's dockerd`);
  process.kill(pid, "SIGTERM");
  await waitFor(`dockerd (process ${pid}) to end`, 30_000, async () => !isOurs(pid));
  await unmountBelow([STATE, RUN]);
  if (existsSync(FORWARD_BEFORE)) writeFileSync(FORWARD, readFileSync(FORWARD_BEFORE));
  await rm(STATE, { recursive: true, force: true });
  rmSync(RUN, { recursive: true, force: true });
  return true;
}

/** Lets the kernel forward packets between networks, and stores the previous setting. */
export function enableForwarding(): void {
  const before = readFileSync(FORWARD, "utf8");
  if (before.trim() === "1") return;
  writeFileSync(FORWARD_BEFORE, before);
  writeFileSync(FORWARD, "1");
}

function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${STATE}/engine`);
  } catch {
    return false;
  }
}

/** A killed dockerd leaves mounts behind. A folder that contains mounts must not be removed. */
async function unmountBelow(folders: readonly string[]): Promise<void> {
  // Innermost first. One unmount may remove several mounts; the check below decides.
  for (const point of mountsBelow(folders).reverse()) await run("umount", [point]).catch(() => "gone already");
  const left = mountsBelow(folders);
  if (left.length > 0) throw new LabError(`still mounted: ${left.join(" ")}; unmount them and run this again`);
}

function mountsBelow(folders: readonly string[]): string[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map(line => line.split(" ")[1] ?? "")
    .filter(point => folders.some(folder => point.startsWith(`${folder}/`)));
}

async function answers(options: Docker.DockerOptions): Promise<boolean> {
  try {
    await new Docker({ ...options, timeout: 5_000 }).ping();
    return true;
  } catch {
    return false;
  }
}

function tail(file: string): string {
  try {
    return readFileSync(file, "utf8").trim().split("\n").slice(-3).join("\n");
  } catch (error) {
    return messageOf(error);
  }
}
