// Nodes with units that have Drain=yes: the swarm moves their tasks away first. They change when no task is left, or
// when that has taken too long. Until then they do not change, so that the drain can be cancelled at any time.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { changeDrains, setIn, setOf } from "../../../crd-like-specs/units/unit-set.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";

export interface Prepared {
  /** The nodes to change now. */
  readonly ready: readonly Node[];
  /** Those of them that were drained for the change. */
  readonly drained: ReadonlySet<NodeId>;
  /** Those of them whose tasks have not ended in time. */
  readonly late: readonly Node[];
  readonly draining: Rollout["draining"];
}

/** Splits the nodes chosen for a change into those that can change now and those that drain first. */
export function prepared(
  world: World,
  rollout: Rollout,
  target: Revision,
  chosen: readonly Node[],
  drainingTexts: ReadonlySet<string>,
): Prepared {
  const now = new Date(world.input.now).toISOString();
  const begun = new Map(rollout.draining.map(entry => [entry.node, entry]));
  const toDrain = chosen.filter(node => needsDrain(node, target, drainingTexts));
  const states = toDrain.map(node => {
    const entry = begun.get(node.id) ?? { node: node.id, name: node.name, at: now };
    return { node, entry, empty: isEmpty(world, node), late: world.input.now >= untilOf(world, entry) };
  });
  const waiting = states.filter(({ empty, late }) => !empty && !late);
  const notYet = new Set(waiting.map(({ node }) => node));
  return {
    ready: chosen.filter(node => !notYet.has(node)),
    drained: new Set(toDrain.filter(node => !notYet.has(node)).map(({ id }) => id)),
    late: states.filter(({ empty, late }) => late && !empty).map(({ node }) => node),
    draining: waiting.map(({ entry }) => entry),
  };
}

/** Whether its tasks must leave before it changes to the target's units; never where it is in no swarm. */
export function needsDrain(
  { assignment, status, swarm }: Node,
  target: Revision,
  drainingTexts: ReadonlySet<string>,
): boolean {
  // Without a status its swarm node is unknown. That is waited for like the tasks.
  if (!assignment || (status && !swarm)) return false;
  return changeDrains(setIn(assignment), setOf(target, assignment.role), drainingTexts);
}

/** The wait for the tasks of a draining node. */
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

/** When the node changes even with tasks left, milliseconds since 1970. */
const untilOf = ({ input }: World, { at }: Rollout["draining"][number]): number =>
  Date.parse(at) + input.spec.rollout.healthyDeadlineSeconds * 1000;
