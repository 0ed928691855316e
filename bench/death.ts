// From a manager's loss of power to full redundancy: ours, less the grace that is waited out on purpose, against the
// same steps by hand begun at the moment of death. Both for a follower and for who leads the swarm, etcd and us.
import { gatherLeaderships, leaders } from "../test/e2e/leaders.ts";
import { put, status } from "../test/e2e/swarm.ts";
import type { Host } from "../test/lab/host.ts";
import { waitFor } from "../test/lab/wait.ts";
import { ETCDCTL, promoteByHand, removeByHand } from "./by-hand.ts";
import { openShell, type Shell } from "./shell.ts";

const GRACE_S = 15;
/** A new worker must have been there for a while, and docker wants a minute between two changes of one node. */
const REST_MS = 65_000;

export type Victim = "follower" | "leader";

export interface Replacement {
  readonly victim: Victim;
  /** Less the grace. */
  readonly oursMs: number;
  readonly byHandMs: number;
}

/** Leaves the lab without the hosts that it killed by hand: nothing else can be measured on it. */
export async function measureDeath(hosts: readonly Host[]): Promise<readonly Replacement[]> {
  const victims = ["follower", "leader"] as const;
  await put(await anyManager(hosts), "remediation/grace-seconds", String(GRACE_S));
  const ours: number[] = [];
  for (const victim of victims) ours.push((await byUs(hosts, victim)) - GRACE_S * 1000);
  await put(await anyManager(hosts), "paused", "true");
  const byHand: number[] = [];
  for (const victim of victims) byHand.push(await byPeople(hosts, victim));
  return victims.map((victim, index) => ({
    victim,
    oursMs: ours[index] ?? Number.NaN,
    byHandMs: byHand[index] ?? Number.NaN,
  }));
}

async function byUs(hosts: readonly Host[], victim: Victim): Promise<number> {
  const { dead, witness, look } = await scene(hosts, victim);
  await dead.kill();
  const died = performance.now();
  await whole(look, dead);
  const took = performance.now() - died;
  look.close();
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

async function byPeople(hosts: readonly Host[], victim: Victim): Promise<number> {
  const { dead, look, workers } = await scene(hosts, victim);
  const [successor] = workers;
  if (!successor) throw new Error("nobody can take its place");
  const shell = await openShell(successor);
  await shell.run("systemctl stop swarmkeeper-agent.service");
  await dead.kill();
  const died = performance.now();
  await removeByHand(dead, look);
  await promoteByHand(successor, shell, look);
  await whole(look, dead);
  const took = performance.now() - died;
  for (const each of [shell, look]) each.close();
  return took;
}

async function scene(hosts: readonly Host[], victim: Victim) {
  const first = await anyManager(hosts);
  const running = await runningHosts(hosts);
  if (victim === "leader") await gatherLeaderships(running, first);
  const now = await leaders(running, first);
  const managers = await managersSeenBy(first);
  const free = managers.find(name => ![now.swarm, now.etcd, now.controller].includes(name));
  const name = victim === "leader" ? now.swarm : (free ?? managers.find(each => each !== now.swarm));
  const dead = hosts.find(host => host.name === name);
  const witness = running.find(host => managers.includes(host.name) && host.name !== name);
  if (!dead || !witness) throw new Error("the lab lacks managers");
  const workers = running.filter(host => !managers.includes(host.name));
  return { dead, witness, workers, look: await openShell(witness) };
}

/** Three managers that answer in both rafts, and nothing left of the dead one. */
async function whole(shell: Shell, dead: Host): Promise<void> {
  const look = `test "$(timeout 3 docker node ls --format '{{.ManagerStatus}}' | grep -cE 'Leader|Reachable')" = 3 &&
    ! timeout 3 docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | grep -q '^${dead.name} ' &&
    test "$(timeout 3 ${ETCDCTL} member list | grep -v '${dead.address}:' | grep -c 'started.*false$')" = 3`;
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; ) {
    const seen = await shell.run(look).then(
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
