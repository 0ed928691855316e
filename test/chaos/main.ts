// `make chaos MINUTES=10 SEED=…`: random faults and orders on real hosts with a service running, the promises watched
// from outside, and at the end a cluster at rest. The seed chooses what happens; the machine chooses when exactly.
import { setTimeout as sleep } from "node:timers/promises";
import { put, rafts, status, untilReady } from "../e2e/swarm.ts";
import { down } from "../lab/commands.ts";
import type { Host } from "../lab/host.ts";
import type { Lab } from "../lab/lab.ts";
import { lookUpLab } from "../lab/session.ts";
import { up } from "../lab/up.ts";
import { waitFor } from "../lab/wait.ts";
import { chance } from "../sim/random.ts";
import { FAULTS, ORDERS } from "./faults.ts";
import { lookAround, SERVICE, watcher } from "./watch.ts";

const NAME = "chaos";
const MINUTES = Number(process.env.MINUTES || "10");
const SEED = Number(process.env.SEED || Date.now() % 1_000_000);
const REPLICAS = 5;
const LOOK_MS = 2_000;

async function main(): Promise<number> {
  process.env.LAB = NAME;
  await down();
  await up({ lab: NAME, managers: 3, workers: 3, suite: "trixie" }, { wait: true });
  const lab = await lookUpLab(NAME);
  if (!lab) throw new Error("the lab is gone");
  try {
    return await play(lab, await lab.hosts());
  } finally {
    if (process.env.KEEP_LAB !== "1") await down();
  }
}

async function play(lab: Lab, hosts: readonly Host[]): Promise<number> {
  const luck = chance(SEED);
  const told = await prepare(hosts);
  const { broken, take } = watcher();
  const end = Date.now() + MINUTES * 60_000;
  const looking = (async () => {
    while (Date.now() < end && broken.length === 0) {
      take(await lookAround(hosts), Date.now());
      await sleep(LOOK_MS);
    }
  })();
  const counts = new Map<string, number>();
  while (Date.now() < end && broken.length === 0) {
    const order = luck.percent(15) ? luck.pick(ORDERS) : undefined;
    const [fault, host] = [luck.pick(FAULTS), luck.pick(hosts)];
    if (order) {
      told(order.name);
      await waitFor("somebody to take the order", 60_000, async () => {
        const through = hosts.find(each => each.name === luck.pick(hosts)?.name);
        return through && (await order.give(through)) !== undefined;
      });
    } else if (fault && host) {
      told(`${host.name} ${fault.name}`);
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      await fault.strike(host, luck);
    }
    await sleep(luck.int(2, 15) * 1000);
  }
  await looking;
  await rest(lab, hosts, told);
  for (const [name, count] of counts) console.log(`${String(count).padStart(4)} × ${name}`);
  for (const promise of new Set(broken)) console.log(`BROKEN  ${promise}`);
  console.log(`chaos: seed ${SEED}, ${MINUTES} min, ${broken.length === 0 ? "every promise kept" : "promises broken"}`);
  return broken.length === 0 ? 0 : 1;
}

/** A service that is to run throughout, a short grace, and a voice that tells what happens when. */
async function prepare(hosts: readonly Host[]): Promise<(what: string) => void> {
  for (const host of hosts) await host.out("docker load -i /opt/lab/busybox.tar");
  const [h1] = hosts;
  if (!h1) throw new Error("the lab has no hosts");
  await put(h1, "remediation/grace-seconds", "30");
  await h1.out(
    `docker service create --detach --name ${SERVICE} --replicas ${REPLICAS} --stop-grace-period 1s --no-resolve-image busybox:lab sleep 1000000`,
  );
  await untilReady(h1);
  const begun = Date.now();
  console.log(`chaos: seed ${SEED}, ${MINUTES} min`);
  return what => console.log(`${String(Math.round((Date.now() - begun) / 1000)).padStart(5)} s  ${what}`);
}

/** When all faults are over: everything that is wanted, and nothing else. */
async function rest(lab: Lab, hosts: readonly Host[], told: (what: string) => void): Promise<void> {
  told("no more faults");
  const [any] = hosts;
  if (!any) throw new Error("the lab has no hosts");
  const wanted = await waitFor("a cluster at rest", 300_000, async saw => {
    const now = await status(any);
    saw(`${now.reasons.join("; ")} ${now.conditions.map(({ message }) => message).join("; ")}`);
    return now.ready && now.managers.wanted;
  });
  const manager = (await status(any)).nodes.find(node => node.role === "manager")?.name;
  const witness = hosts.find(host => host.name === manager) ?? any;
  await waitFor("both rafts to be as wanted, and all replicas to run", 120_000, async saw => {
    const now = await rafts(lab, witness);
    const replicas = await witness.out("docker service ls --format '{{.Replicas}}'");
    saw(`${JSON.stringify(now)} ${replicas}`);
    const same = now.managers.join() === now.voters.join() && now.managers.length === wanted && now.members === wanted;
    return same && replicas === `${REPLICAS}/${REPLICAS}` && now.ready.length === hosts.length;
  });
  told("at rest");
}

process.exitCode = await main();
