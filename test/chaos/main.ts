// `make chaos MINUTES=10 SEED=…`: random faults and operator actions on real hosts with a running service. The
// invariants are watched from outside, and the cluster must converge at the end. The seed determines the faults and
// actions, not their exact times.
import { setTimeout as sleep } from "node:timers/promises";
import { put, rafts, status, untilReady } from "../e2e/swarm.ts";
import { down } from "../lab/commands/commands.ts";
import { up } from "../lab/commands/up.ts";
import type { Host } from "../lab/host/host.ts";
import type { Lab } from "../lab/lab.ts";
import { existingLab } from "../lab/session.ts";
import { waitFor } from "../lab/wait.ts";
import { chance } from "../sim/random.ts";
import { FAULTS, OPERATOR_ACTIONS } from "./faults.ts";
import { observe, SERVICE, watcher } from "./watch.ts";

const NAME = "chaos";
const MINUTES = Number(process.env.MINUTES || "10");
const SEED = Number(process.env.SEED || Date.now() % 1_000_000);
const REPLICAS = 5;
const OBSERVE_MS = 2_000;

async function main(): Promise<number> {
  process.env.LAB = NAME;
  await down();
  await up({ lab: NAME, managers: 3, workers: 3, suite: "trixie" }, { wait: true });
  const lab = await existingLab(NAME);
  if (!lab) throw new Error("the lab is gone");
  try {
    return await run(lab, await lab.hosts());
  } finally {
    if (process.env.KEEP_LAB !== "1") await down();
  }
}

async function run(lab: Lab, hosts: readonly Host[]): Promise<number> {
  const luck = chance(SEED);
  const log = await prepare(hosts);
  const { violations, check } = watcher();
  const end = Date.now() + MINUTES * 60_000;
  const watching = (async () => {
    while (Date.now() < end && violations.length === 0) {
      check(await observe(hosts), Date.now());
      await sleep(OBSERVE_MS);
    }
  })();
  const counts = new Map<string, number>();
  while (Date.now() < end && violations.length === 0) {
    const action = luck.percent(15) ? luck.pick(OPERATOR_ACTIONS) : undefined;
    const [fault, host] = [luck.pick(FAULTS), luck.pick(hosts)];
    if (action) {
      log(action.name);
      await waitFor(`a host to accept ${action.name}`, 60_000, async () => {
        const through = hosts.find(each => each.name === luck.pick(hosts)?.name);
        return through && (await action.run(through)) !== undefined;
      });
    } else if (fault && host) {
      log(`${host.name} ${fault.name}`);
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      await fault.inject(host, luck);
    }
    await sleep(luck.int(2, 15) * 1000);
  }
  await watching;
  await converge(lab, hosts, log);
  for (const [name, count] of counts) console.log(`${String(count).padStart(4)} × ${name}`);
  for (const violation of new Set(violations)) console.log(`VIOLATED  ${violation}`);
  const result = violations.length === 0 ? "every invariant held" : "invariants violated";
  console.log(`chaos: seed ${SEED}, ${MINUTES} min, ${result}`);
  return violations.length === 0 ? 0 : 1;
}

/** Starts a service that must keep running and sets a short grace. Resolves to a function that logs with the time. */
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

/** Waits, after the last fault, until the cluster is exactly what the spec wants. */
async function converge(lab: Lab, hosts: readonly Host[], log: (what: string) => void): Promise<void> {
  log("no more faults");
  const [any] = hosts;
  if (!any) throw new Error("the lab has no hosts");
  const wanted = await waitFor("a ready cluster", 300_000, async saw => {
    const now = await status(any);
    saw([...now.notReady, ...now.conditions].map(({ message }) => message).join("; "));
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
  log("converged");
}

process.exitCode = await main();
