// Measures the time from a manager's power loss to full redundancy: swarmkeeper's, minus the grace that it waits on
// purpose, and the time of the same manual steps, which begin at the power loss. Both for a follower and for the node
// that leads the swarm, etcd and the controllers.
import { gatherLeaderships, leaders } from "../test/e2e/leaders.ts";
import { put, status } from "../test/e2e/swarm.ts";
import type { Host } from "../test/lab/host/host.ts";
import { waitFor } from "../test/lab/wait.ts";
import { ETCDCTL, promoteManually, removeManually } from "./manual.ts";
import { openShell, type Shell } from "./shell.ts";

const GRACE_S = 15;
/** A candidate must be healthy for a while, and Docker needs a minute between two role changes of one node. */
const REST_MS = 65_000;

export type Victim = "follower" | "leader";

export interface Replacement {
  readonly victim: Victim;
  /** Without the grace. */
  readonly oursMs: number;
  readonly manualMs: number;
}

/** Measures all replacements. It leaves killed hosts behind, so no later measurement can use the lab. */
export async function measureDeath(hosts: readonly Host[]): Promise<readonly Replacement[]> {
  const victims = ["follower", "leader"] as const;
  await put(await anyManager(hosts), "remediation/grace-seconds", String(GRACE_S));
  const ours: number[] = [];
  for (const victim of victims) ours.push((await automatically(hosts, victim)) - GRACE_S * 1000);
  await put(await anyManager(hosts), "paused", "true");
  const manual: number[] = [];
  for (const victim of victims) manual.push(await manually(hosts, victim));
  return victims.map((victim, index) => ({
    victim,
    oursMs: ours[index] ?? Number.NaN,
    manualMs: manual[index] ?? Number.NaN,
  }));
}

async function automatically(hosts: readonly Host[], victim: Victim): Promise<number> {
  const { dead, witness, shell } = await setUp(hosts, victim);
  await dead.kill();
  const died = performance.now();
  await untilReplaced(shell, dead);
  const took = performance.now() - died;
  shell.close();
  await dead.start();
  await waitFor(`${dead.name} to be a worker`, 180_000, async () => {
    const { ready, nodes } = await status(witness);
    return (
      ready && nodes.some(node => node.name === dead.name && node.role === "worker" && node.swarm?.state === "ready")
    );
  });
  await new Promise(resolve => setTimeout(resolve, REST_MS));
  return took;
}

async function manually(hosts: readonly Host[], victim: Victim): Promise<number> {
  const { dead, shell: witness, workers } = await setUp(hosts, victim);
  const [successor] = workers;
  if (!successor) throw new Error("the lab has no worker left as a successor");
  const shell = await openShell(successor);
  await shell.run("systemctl stop swarmkeeper-agent.service");
  await dead.kill();
  const died = performance.now();
  await removeManually(dead, witness);
  await promoteManually(successor, shell, witness);
  await untilReplaced(witness, dead);
  const took = performance.now() - died;
  for (const each of [shell, witness]) each.close();
  return took;
}

async function setUp(hosts: readonly Host[], victim: Victim) {
  const first = await anyManager(hosts);
  const running = await runningHosts(hosts);
  if (victim === "leader") await gatherLeaderships(running, first);
  const now = await leaders(running, first);
  const managers = await managersSeenBy(first);
  const free = managers.find(name => ![now.swarm, now.etcd, now.controller].includes(name));
  const name = victim === "leader" ? now.swarm : (free ?? managers.find(each => each !== now.swarm));
  const dead = hosts.find(host => host.name === name);
  const witness = running.find(host => managers.includes(host.name) && host.name !== name);
  if (!dead || !witness) throw new Error("the lab has too few managers");
  const workers = running.filter(host => !managers.includes(host.name));
  return { dead, witness, workers, shell: await openShell(witness) };
}

/** Waits until three managers answer in both rafts and the dead one is in neither. Throws after 180 s. */
async function untilReplaced(shell: Shell, dead: Host): Promise<void> {
  const probe = `test "$(timeout 3 docker node ls --format '{{.ManagerStatus}}' | grep -cE 'Leader|Reachable')" = 3 &&
    ! timeout 3 docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | grep -q '^${dead.name} ' &&
    test "$(timeout 3 ${ETCDCTL} member list | grep -v '${dead.address}:' | grep -c 'started.*false$')" = 3`;
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; ) {
    const seen = await shell.run(probe).then(
      () => true,
      () => false,
    );
    if (seen) return;
  }
  throw new Error(`${dead.name} was not replaced within 180 s`);
}

async function runningHosts(hosts: readonly Host[]): Promise<Host[]> {
  const states = await Promise.all(hosts.map(host => host.state()));
  return hosts.filter((_, index) => states[index] === "running");
}

const managersSeenBy = async (host: Host): Promise<string[]> =>
  (await host.out("docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'"))
    .split("\n")
    .flatMap(line => (/ (Leader|Reachable)$/.test(line) ? [line.split(" ")[0] ?? ""] : []))
    .sort();

async function anyManager(hosts: readonly Host[]): Promise<Host> {
  return waitFor("a manager that answers", 120_000, async () => {
    for (const host of await runningHosts(hosts)) {
      const { code, stdout } = await host.exec("timeout 5 docker info --format '{{.Swarm.ControlAvailable}}'");
      if (code === 0 && stdout.trim() === "true") return host;
    }
    return undefined;
  });
}
