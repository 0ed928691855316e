// `make bench`: every measurement with its baseline, in one run on one lab, as ratios. It asserts nothing, because
// machines are noisy; the operator judges. IDLE_SECONDS= shortens the idle measurement, SAMPLES= that of the reaction.

import { etcdctl } from "../test/e2e/swarm.ts";
import { down } from "../test/lab/commands/commands.ts";
import { up } from "../test/lab/commands/up.ts";
import type { Host } from "../test/lab/host/host.ts";
import { existingLab } from "../test/lab/session.ts";
import { percentile } from "./percentile.ts";
import { measurePlanner } from "./planner.ts";
import { measureRafts } from "./rafts.ts";
import { measureReaction } from "./reaction.ts";
import { measureDeath } from "./remediation.ts";
import { measureRolling } from "./rolling.ts";
import { measureUnits } from "./units.ts";

const NAME = "bench";
const IDLE_SECONDS = Number(process.env.IDLE_SECONDS ?? "300");
const SAMPLES = Number(process.env.SAMPLES ?? "300");

async function main(): Promise<void> {
  for (const nodes of [1_000, 10_000]) {
    const { planMs, readMs, heapMb } = measurePlanner(nodes);
    line(
      `planner, ${nodes} nodes, one plan`,
      `${ms(planMs)}  ${heapMb.toFixed(0)} MB with its input  (target: 10 000 ≤ 100 ms)`,
    );
    line("  reading their keys", ms(readMs));
  }
  const { p50Ms, p99Ms, writesAHost } = measureRolling(1_000);
  line("planner, a rollout over 1 000 nodes", `p50 ${ms(p50Ms)}  p99 ${ms(p99Ms)} per plan  (target: ≤ 20 ms)`);
  line("  etcd writes per node", `${writesAHost.toFixed(2)}  (target: ≤ 3)`);
  process.env.LAB = NAME;
  await down();
  // The measurement of the boot starts with the hosts, after the image and the release are made.
  await up({ lab: NAME, managers: 3, workers: 2, suite: "trixie" }, { wait: true });
  const lab = await existingLab(NAME);
  if (!lab) throw new Error("the lab is gone");
  try {
    const hosts = await lab.hosts();
    const [h1] = hosts;
    if (!h1) throw new Error("the lab has no hosts");
    await boot(hosts);
    await memory(hosts);
    await idle(h1);
    const { bareMs, oursMs } = await measureReaction(`http://${h1.address}:2379`, SAMPLES);
    const extra = oursMs.map((ms, index) => ms - (bareMs[index] ?? 0));
    line("put → received by a bare watch", `p50 ${ms(percentile(bareMs, 50))}  p99 ${ms(percentile(bareMs, 99))}`);
    line("put → controller's first write", `p50 ${ms(percentile(oursMs, 50))}  p99 ${ms(percentile(oursMs, 99))}`);
    line(
      "  compared with the bare watch",
      `p50 ${more(percentile(extra, 50))}  p99 ${more(percentile(extra, 99))}  (target: p99 ≤ +25 ms)`,
    );
    await units(hosts);
    const rafts = await measureRafts(lab, hosts);
    line("3 → 5 managers manually", ms(rafts.manualMs));
    line(
      "3 → 5 managers by one put",
      `${ms(rafts.oursMs)}  ratio ${(rafts.oursMs / rafts.manualMs).toFixed(2)}  (target: ≤ 1.15)`,
    );
    for (const { victim, oursMs, manualMs } of await measureDeath(hosts)) {
      line(`${victim} killed → replaced manually`, ms(manualMs));
      const target = victim === "leader" ? "≤ 1" : "≤ 1.1";
      line(
        "  by swarmkeeper, without the grace",
        `${ms(oursMs)}  ratio ${(oursMs / manualMs).toFixed(2)}  (target: ${target})`,
      );
    }
  } finally {
    await down();
  }
}

async function units(hosts: readonly Host[]): Promise<void> {
  const [h1, , , h4] = hosts;
  if (!h1 || !h4) throw new Error("the lab has too few hosts");
  const { bareMs, oursMs } = await measureUnits(h1, h4);
  line("put → restarted by a bare watch", `p50 ${ms(percentile(bareMs, 50))}  p90 ${ms(percentile(bareMs, 90))}`);
  const [p50, p90] = [50, 90].map(percent => percentile(oursMs, percent) - percentile(bareMs, percent));
  line(
    "put → started by swarmkeeper",
    `p50 ${ms(percentile(oursMs, 50))}  p90 ${ms(percentile(oursMs, 90))}  p50 ${more(p50 ?? 0)} p90 ${more(p90 ?? 0)}  (target: ≤ +60 ms)`,
  );
}

/** From the power-on of the first host to a cluster that reports ready. */
async function boot(hosts: readonly Host[]): Promise<void> {
  const starts = await Promise.all(
    hosts.map(async host => Date.parse((await host.container.inspect()).State.StartedAt)),
  );
  const seconds = (Date.now() - Math.min(...starts)) / 1000;
  line(
    "boot of 5 nodes to a ready cluster",
    `${seconds.toFixed(1)} s  ratio ${(seconds / 30).toFixed(2)} of the target of 30 s`,
  );
}

/** Resident memory of each agent and controller, after an idle minute. */
async function memory(hosts: readonly Host[]): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 60_000));
  for (const [what, target] of [
    ["agent", 75],
    ["controller", 95],
  ] as const) {
    const sizes: number[] = [];
    for (const host of hosts) {
      const { stdout } = await host.exec(
        `pid=$(systemctl show -p MainPID --value swarmkeeper-${what}.service); [ "$pid" = 0 ] || awk '/VmRSS/ {print $2}' /proc/$pid/status`,
      );
      if (stdout.trim() !== "") sizes.push(Number(stdout.trim()) / 1000);
    }
    const shown = sizes.map(size => size.toFixed(0)).join(" ");
    line(
      `RSS idle, ${what}`,
      `${shown} MB  largest ${(Math.max(...sizes) / target).toFixed(2)} of the target of ${target} MB`,
    );
  }
}

/** Counts writes by etcd's revision. Keepalives do not raise it, every write does. */
async function idle(h1: Host): Promise<void> {
  const revision = async () => Number(JSON.parse(await etcdctl(h1, "get x -w json")).header.revision);
  const before = await revision();
  await new Promise(resolve => setTimeout(resolve, IDLE_SECONDS * 1000));
  line(`etcd writes in ${IDLE_SECONDS} s while idle`, `${(await revision()) - before}  (target: 0)`);
}

const ms = (value: number): string => (value < 1000 ? `${value.toFixed(1)} ms` : `${(value / 1000).toFixed(2)} s`);
/** The difference to the baseline: "+5.7 ms", "-6.0 ms". */
const more = (value: number): string => `${value < 0 ? "-" : "+"}${ms(Math.abs(value))}`;
const line = (what: string, figure: string): void => console.log(`${what.padEnd(36)} ${figure}`);

await main();
