// Hosts whose units say Drain=yes: swarm moves their tasks away first, and they are changed when none is left, or when
// that has taken too long. Until then nothing of them is changed, so that it can be given up at any time.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { changeDrains, setIn, setOf } from "../../../crd-like-specs/units/unit-set.ts";
import type { Host } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";

export interface Prepared {
  /** To be changed now. */
  readonly ready: readonly Host[];
  /** Of these, the ones whose nodes were drained for it. */
  readonly drained: ReadonlySet<NodeId>;
  /** Of those, the ones whose tasks have not ended in time. */
  readonly late: readonly Host[];
  readonly draining: Rollout["draining"];
}

/** Of the hosts chosen for a change, those that can be changed now and those that are drained first. */
export function prepared(
  world: World,
  rollout: Rollout,
  target: Revision,
  chosen: readonly Host[],
  drainingTexts: ReadonlySet<string>,
): Prepared {
  const now = new Date(world.input.now).toISOString();
  const begun = new Map(rollout.draining.map(entry => [entry.node, entry]));
  const asking = chosen.filter(host => needsDrain(host, target, drainingTexts));
  const unwatched = asking.map(host => {
    const entry = begun.get(host.id) ?? { node: host.id, name: host.name, at: now };
    return { host, entry, empty: isEmpty(world, host), late: world.input.now >= untilOf(world, entry) };
  });
  const waiting = unwatched.filter(({ empty, late }) => !empty && !late);
  const notYet = new Set(waiting.map(({ host }) => host));
  return {
    ready: chosen.filter(host => !notYet.has(host)),
    drained: new Set(asking.filter(host => !notYet.has(host)).map(({ id }) => id)),
    late: unwatched.filter(({ empty, late }) => late && !empty).map(({ host }) => host),
    draining: waiting.map(({ entry }) => entry),
  };
}

/** Whether its tasks are to be moved away before it runs what the target lists; never where it is in no swarm. */
export function needsDrain(
  { assignment, status, swarm }: Host,
  target: Revision,
  drainingTexts: ReadonlySet<string>,
): boolean {
  // Without a status it is not known which node it is: that is waited for like the tasks.
  if (!assignment || (status && !swarm)) return false;
  return changeDrains(setIn(assignment), setOf(target, assignment.role), drainingTexts);
}

export function awaitedTasks(world: World, entry: Rollout["draining"][number]): Waiting {
  const node = world.nodeById.get(entry.node)?.swarm;
  const left = node && world.swarm.tasks.get(node.id);
  const tasks = left === 1 ? "1 swarm task is" : `${left === undefined ? "" : `${left} `}swarm tasks are`;
  const until = new Date(untilOf(world, entry)).toISOString();
  return {
    what: entry.name,
    reason: "Draining",
    why: `its ${tasks} moved away before its units change`,
    since: entry.at,
    until,
  };
}

const isEmpty = ({ swarm: { tasks } }: World, { swarm: node }: Host): boolean =>
  node?.availability === "drain" && tasks.get(node.id) === 0;

/** Milliseconds since 1970. */
const untilOf = ({ input }: World, { at }: Rollout["draining"][number]): number =>
  Date.parse(at) + input.spec.rollout.healthyDeadlineSeconds * 1000;
