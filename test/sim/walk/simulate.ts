// One seed: boots a cluster, injects random faults and operator actions, heals everything and then requires convergence
// and silence. The outcome contains every violation.

import { eventIdentity } from "../../../crd-like-specs/resources/event.ts";
import { type FakeNode, keys } from "../../fakes/world.ts";
import { advance } from "./advance.ts";
import { contextOf, type WalkContext } from "./context.ts";
import { checkEnd } from "./end.ts";
import { type Fault, nodeFaults, restorePower } from "./node-faults.ts";
import { operatorActions } from "./operator-actions.ts";
import { startMembers, wireFaults } from "./wire-faults.ts";

export interface Outcome {
  readonly seed: number;
  /** Violations as sentences; empty if the walk has passed. */
  readonly problems: readonly string[];
  /** How often each kind of fault really happened. */
  readonly counts: ReadonlyMap<string, number>;
  /** The log of the nodes and of the walk: one JSON text per line. */
  readonly log: readonly string[];
  /** The events without their texts: time, writer, identity, operation and thread. */
  readonly events: readonly string[];
  /** The number of writes in etcd. */
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
    const dead = await heal(context);
    problems.push(...(await checkEnd(context, dead)));
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
  const all = [...nodeFaults, ...wireFaults, ...operatorActions];
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

/** Ends every fault. Some nodes stay off permanently: resolves to those. */
async function heal(context: WalkContext): Promise<FakeNode[]> {
  const { cluster, chance, note, happened } = context;
  context.end();
  cluster.fault = undefined;
  cluster.silentDockers.clear();
  cluster.heal();
  for (const controller of cluster.controllers.values()) controller.wake();
  const dead: FakeNode[] = [];
  for (const node of cluster.nodes) {
    node.wallAhead = 0;
    node.fault = undefined;
    for (const client of cluster.etcd.clientsOf(node.address)) client.loseAnswers(0);
    if (!node.powered && chance.percent(50) && canSpare(context, [...dead, node])) dead.push(node);
    else restorePower(context, node);
    if (node.powered) cluster.docker.start(node.name);
  }
  startMembers(context);
  cluster.invariants.disturbed();
  for (const node of dead) happened("lost permanently", node.name);
  note(`all faults are over${dead.length > 0 ? `, but ${dead.map(node => node.name).join(", ")} stays off` : ""}`);
  return dead;
}

/** Counts the replacements by the events at their end. */
function countReplacements({ cluster, counts }: WalkContext): void {
  const done = cluster
    .events()
    .filter(
      ({ reason, topic, subject }) =>
        reason === "OperationCompleted" && topic === "remediation" && subject?.startsWith("promote/"),
    );
  if (done.length > 0) counts.set("dead manager replaced", done.length);
}

/** True if both rafts keep a majority without these nodes. */
function canSpare({ cluster }: WalkContext, dead: readonly FakeNode[]): boolean {
  const voters = cluster.voters();
  const managers = (cluster.docker.state()[0]?.nodes ?? []).filter(node => node.member).map(node => node.name);
  const names = dead.map(node => node.name);
  const majority = (all: readonly string[]) => all.filter(name => !names.includes(name)).length > all.length / 2;
  return majority(voters) && majority(managers);
}

/** Log lines that no fault explains. */
const surprises = (log: readonly string[]): string[] =>
  log
    .filter(line => isSurprise(line) || !line.startsWith("{"))
    .map(line => (line.startsWith("{") ? `unexpected: ${line.slice(0, 400)}` : line))
    .filter((line, index, all) => all.indexOf(line) === index)
    .slice(0, 3);

/** True for an unexpected error. A program that was ended may still log that its client was closed. */
const isSurprise = (line: string): boolean =>
  line.includes('"level":50') && line.includes('"err":{') && !line.includes("this client was closed");
