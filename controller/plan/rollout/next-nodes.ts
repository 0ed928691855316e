// The nodes to change now: first those that the rollout has made unavailable already, then canaries, then others up to
// the disruption budget. Managers come last and one at a time.

import type { Role } from "../../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Waiting } from "../../../crd-like-specs/resources/shapes.ts";
import { opensAt } from "../../../crd-like-specs/settings/window.ts";
import { canLose } from "../../../quorum/arithmetic.ts";
import type { ManagerLock } from "../../state/manager-lock.ts";
import { compare, type Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";
import { budgetOf, type CountsByRole, canariesLeft } from "./decide.ts";
import { isAt } from "./disruption-budget.ts";

export interface NextNodes {
  readonly nodes: readonly Node[];
  /** Why no other node changes, where more are outdated. */
  readonly waiting: readonly Waiting[];
}

/** Registered nodes without the units of the revision that may change at all; sorted by name. */
export function outdatedNodes(world: World, target: Revision): Node[] {
  const { operation, spec } = world.input;
  return world.nodes
    .filter(node => node.registration && node.assignment && !isAt(node, target))
    .filter(({ id }) => !spec.nodes[id]?.paused && operation?.node !== id)
    .sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id));
}

/** The ones of `outdated` to change in this round. Managers wait while another holds the lock. */
export function nextNodes(
  world: World,
  rollout: Rollout,
  outdated: readonly Node[],
  counts: CountsByRole,
  lock: ManagerLock | undefined,
): NextNodes {
  if (outdated.length === 0) return NONE;
  const { spec, now } = world.input;
  if (rollout.halted !== undefined) return waiting("RolloutHalted", `${rollout.halted}; ${REMEDY}`);
  if (spec.rollout.paused) return waiting("RolloutPaused", "spec/rollout/paused is true");
  const opens = opensAt(spec.rollout.window, now);
  if (opens !== undefined) return waiting("WindowClosed", "spec/rollout/window is closed", opens);
  const workers = outdated.filter(({ assignment }) => assignment?.role === "worker");
  if (workers.length > 0) return { nodes: withinBudget(world, rollout, "worker", workers, counts), waiting: [] };
  if (rollout.inFlight.some(({ node }) => counts.roleOf(node) === "worker")) return NONE; // workers finish first
  const lockedBy = lock?.reason ?? weakness(world);
  return lockedBy === undefined
    ? { nodes: withinBudget(world, rollout, "manager", outdated, counts), waiting: [] }
    : waiting("ManagersLocked", `managers: ${lockedBy}`);
}

const NONE: NextNodes = { nodes: [], waiting: [] };
const waiting = (reason: string, why: string, until?: number): NextNodes => ({
  nodes: [],
  waiting: [
    {
      what: "the rollout of units",
      reason,
      why,
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    },
  ],
});

const REMEDY = "put other units, or run swarmkeeper rollout undo or swarmkeeper rollout resume";

function withinBudget(
  { input }: World,
  rollout: Rollout,
  role: Role,
  outdated: readonly Node[],
  counts: CountsByRole,
): Node[] {
  const disrupted = new Set([...rollout.inFlight, ...rollout.failed].map(({ node }) => node));
  const down = outdated.filter(({ id }) => disrupted.has(id));
  const drained = new Set(rollout.draining.map(({ node }) => node));
  const others = outdated
    .filter(({ id }) => !disrupted.has(id))
    .sort((a, b) => compare(!drained.has(a.id), !drained.has(b.id))); // draining nodes first
  const spent = [...disrupted].filter(id => counts.roleOf(id) === role).length;
  const budget = budgetOf(input.spec, role, counts.registered[role]) - spent;
  const chosen = [...down, ...others.slice(0, Math.max(0, budget))];
  const canaries = canariesLeft(input.spec, rollout);
  if (canaries === 0) return chosen;
  // A node in flight to the target counts as a canary already.
  const outdatedIds = new Set(outdated.map(({ id }) => id));
  const waitedFor = rollout.inFlight.filter(({ node }) => !outdatedIds.has(node)).length;
  return chosen.slice(0, Math.max(0, canaries - waitedFor));
}

/** Why no manager may be unavailable now although no other one changes; undefined when one may. */
function weakness({ unreachable: [unreachable], rafts: { etcd, swarm } }: World): string | undefined {
  if (unreachable) return `${unreachable.ref.name} is unreachable`;
  if (etcd.voters > 1 && canLose(etcd) < 1) return `etcd could lose none of its ${etcd.voters} voters`;
  if (swarm.voters > 2 && canLose(swarm) < 1) return `the swarm could lose none of its ${swarm.voters} managers`;
  return undefined;
}
