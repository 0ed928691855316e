// One seed: a cluster that comes up, a walk of faults and orders, everything mended, and then it must be as ordered and
// at rest. What was seen on the way that must not be is in the outcome.

import { eventIdentity } from "../../../crd-like-specs/resources/event.ts";
import { type FakeNode, keys } from "../../fakes/world.ts";
import { advance } from "./advance.ts";
import { contextOf, type WalkContext } from "./context.ts";
import { demandEnd } from "./end.ts";
import { type Fault, hostFaults, restorePower } from "./host-faults.ts";
import { peoplesActs } from "./operator-actions.ts";
import { startMembers, wireFaults } from "./wire-faults.ts";

export interface Outcome {
  readonly seed: number;
  /** What went wrong; none when all is well. */
  readonly problems: readonly string[];
  /** How often each kind of fault has really happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** As the hosts and the walk wrote it: JSON a line. */
  readonly log: readonly string[];
  /** What the events tell programs: when, by whom, what happened to what, and what it belongs to. */
  readonly events: readonly string[];
  /** How many writes etcd has taken. */
  readonly writes: number;
  /** Virtual time, in seconds. */
  readonly seconds: number;
}

const BOOT_MS = 180_000;

export async function simulate(seed: number): Promise<Outcome> {
  const context = contextOf(seed, sizeFor(seed));
  const { cluster } = context;
  const problems: string[] = [];
  try {
    await walk(context);
    const dead = await mend(context);
    problems.push(...(await demandEnd(context, dead)));
  } catch (error) {
    problems.push(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  } finally {
    cluster.end();
  }
  countReplacements(context);
  problems.unshift(...cluster.broken, ...surprises(cluster.log));
  const events = cluster
    .events()
    .map(event => JSON.stringify([event.at, event.by, eventIdentity(event), event.operation, event.thread?.id]));
  const writes = cluster.etcd.store.revision;
  const seconds = cluster.clock.monotonic() / 1000;
  return { seed, problems, counts: context.counts, log: [...cluster.log], events, writes, seconds };
}

function sizeFor(seed: number) {
  const managers = seed % 7 === 6 ? 5 : 3;
  return { managers, workers: managers === 5 ? 1 : 1 + (seed % 3) };
}

async function walk(context: WalkContext): Promise<void> {
  const { cluster, chance } = context;
  if (!(await advance(context, BOOT_MS, () => cluster.ready()))) throw new Error("the cluster does not come up");
  await cluster.put("managers", "3");
  await cluster.put("remediation/grace-seconds", String(chance.int(15, 60)));
  await cluster.put("remediation/cool-down-seconds", String(chance.int(15, 60)));
  const all = [...hostFaults, ...wireFaults, ...peoplesActs];
  const pool = all.flatMap(([weight, fault]) => Array.from({ length: weight }, () => fault));
  // Some walks begin before the managers are made.
  if (chance.percent(70)) await advance(context, BOOT_MS, () => cluster.status()?.ready === true);
  for (let left = chance.int(3, 8); left > 0; left--) {
    if (chance.percent(40)) await advance(context, 30_000, () => cluster.etcd.store.get(keys.operation) !== undefined);
    await advance(context, chance.spread(50, 40_000));
    const fault: Fault | undefined = chance.pick(pool);
    await fault?.(context);
  }
  await advance(context, chance.spread(1_000, 60_000));
}

/** Ends every fault, but for hosts that are gone for good: those are returned. */
async function mend(context: WalkContext): Promise<FakeNode[]> {
  const { cluster, chance, note, happened } = context;
  context.end();
  cluster.fault = undefined;
  cluster.silentDockers.clear();
  cluster.mend();
  for (const controller of cluster.controllers.values()) controller.wake();
  const dead: FakeNode[] = [];
  for (const host of cluster.nodes) {
    host.wallAhead = 0;
    host.fault = undefined;
    for (const client of cluster.etcd.clientsOf(host.address)) client.loseAnswers(0);
    if (!host.powered && chance.percent(50) && canSpare(context, [...dead, host])) dead.push(host);
    else restorePower(context, host);
    if (host.powered) cluster.docker.start(host.name);
  }
  startMembers(context);
  cluster.invariants.disturbed();
  for (const host of dead) happened("gone for good", host.name);
  note(
    `all faults are over${dead.length > 0 ? `, but ${dead.map(host => host.name).join(", ")} is gone for good` : ""}`,
  );
  return dead;
}

/** From the events with which replacements end. */
function countReplacements({ cluster, counts }: WalkContext): void {
  const done = cluster
    .events()
    .filter(
      ({ reason, topic, subject }) =>
        reason === "OperationCompleted" && topic === "remediation" && subject?.startsWith("promote/"),
    );
  if (done.length > 0) counts.set("dead manager replaced", done.length);
}

/** Whether a majority of both rafts is left without these. */
function canSpare({ cluster }: WalkContext, dead: readonly FakeNode[]): boolean {
  const voters = cluster.voters();
  const managers = (cluster.docker.state()[0]?.nodes ?? []).filter(node => node.member).map(node => node.name);
  const names = dead.map(host => host.name);
  const majority = (all: readonly string[]) => all.filter(name => !names.includes(name)).length > all.length / 2;
  return majority(voters) && majority(managers);
}

/** What no fault excuses, from the logs. */
const surprises = (log: readonly string[]): string[] =>
  log
    .filter(line => isSurprise(line) || !line.startsWith("{"))
    .map(line => (line.startsWith("{") ? `unexpected: ${line.slice(0, 400)}` : line))
    .filter((line, index, all) => all.indexOf(line) === index)
    .slice(0, 3);

/** An error that nobody foresaw; one that has been ended may still stumble over its closed client. */
const isSurprise = (line: string): boolean =>
  line.includes('"level":50') && line.includes('"err":{') && !line.includes("this client was closed");
