// Hosts whose units say Drain=yes: swarm moves their tasks away first, and they are changed when none is left, or when
// that has taken too long. Until then nothing of them is changed, so that it can be given up at any time.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { changeDrains, setIn, setOf } from "../../../crd-like-specs/units/unit-set.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";

export interface Prepared {
  /** To be changed now. */
  readonly ready: readonly Node[];
  /** Of these, the ones whose nodes were drained for it. */
  readonly drained: ReadonlySet<NodeId>;
  /** Of those, the ones whose tasks have not ended in time. */
  readonly late: readonly Node[];
  readonly draining: Rollout["draining"];
}

/** Of the hosts chosen for a change, those that can be changed now and those that are drained first. */
export function prepared(
  world: World,
  rollout: Rollout,
  target: Revision,
  chosen: readonly Node[],
  drainingTexts: ReadonlySet<string>,
): Prepared {
  const now = new Date(world.input.now).toISOString();
  const begun = new Map(rollout.draining.map(entry => [entry.node, entry]));
  const asking = chosen.filter(node => needsDrain(node, target, drainingTexts));
  const unwatched = asking.map(node => {
    const entry = begun.get(node.id) ?? { node: node.id, name: node.name, at: now };
    return { node, entry, empty: isEmpty(world, node), late: world.input.now >= untilOf(world, entry) };
  });
  const waiting = unwatched.filter(({ empty, late }) => !empty && !late);
  const notYet = new Set(waiting.map(({ node }) => node));
  return {
    ready: chosen.filter(node => !notYet.has(node)),
    drained: new Set(asking.filter(node => !notYet.has(node)).map(({ id }) => id)),
    late: unwatched.filter(({ empty, late }) => late && !empty).map(({ node }) => node),
    draining: waiting.map(({ entry }) => entry),
  };
}

/** Whether its tasks are to be moved away before it runs what the target lists; never where it is in no swarm. */
export function needsDrain(
  { assignment, status, swarm }: Node,
  target: Revision,
  drainingTexts: ReadonlySet<string>,
): boolean {
  // Without a status it is not known which node it is: that is waited for like the tasks.
  if (!assignment || (status && !swarm)) return false;
  return changeDrains(setIn(assignment), setOf(target, assignment.role), drainingTexts);
}

export function awaitedTasks(world: World, entry: Rollout["draining"][number]): Waiting {
  const swarmNode = world.nodeById.get(entry.node)?.swarm;
  const left = swarmNode && world.swarm.tasks.get(swarmNode.id);
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

const isEmpty = ({ swarm: { tasks } }: World, { swarm: swarmNode }: Node): boolean =>
  swarmNode?.availability === "drain" && tasks.get(swarmNode.id) === 0;

/** Milliseconds since 1970. */
const untilOf = ({ input }: World, { at }: Rollout["draining"][number]): number =>
  Date.parse(at) + input.spec.rollout.healthyDeadlineSeconds * 1000;
