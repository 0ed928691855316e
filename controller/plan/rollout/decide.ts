// Decides whether a rollout continues, halts or reverts, by its failures and by the operator's settings.

import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Spec } from "../../../crd-like-specs/settings/spec.ts";
import type { PlanInput } from "../../state/input.ts";
import type { World } from "../../state/world.ts";
import { startRollout } from "./revision.ts";

/** The disruption budget: how many of the `nodes` of a role the rollout may have unavailable at once. */
export function budgetOf(spec: Spec, role: Role, nodes: number): number {
  const { maxUnavailable } = spec.rollout;
  if (role === "manager") return 1;
  return "nodes" in maxUnavailable
    ? maxUnavailable.nodes
    : Math.max(1, Math.floor((nodes * maxUnavailable.percent) / 100));
}

/** How many canaries must still be updated before other nodes change; 0 for a revision that was good before. */
export const canariesLeft = (spec: Spec, { updated, target, lastGoodRevision }: Rollout): number =>
  target === lastGoodRevision ? 0 : Math.max(0, spec.rollout.canary - updated);

export interface CountsByRole {
  /** How many registered nodes have the role. */
  readonly registered: Readonly<Record<Role, number>>;
  /** Also of a node that is not registered, because it still counts against the disruption budget. */
  roleOf(id: NodeId): Role | undefined;
}

/** The counts of one round. */
export function countsByRole({ nodes, input }: Pick<World, "nodes" | "input">): CountsByRole {
  const registered = { manager: 0, worker: 0 };
  for (const { registration, assignment } of nodes) if (registration && assignment) registered[assignment.role] += 1;
  return { registered, roleOf: id => input.assignments.get(id)?.role };
}

/** The record after the failures and the operator's settings: continued, halted or reverted. */
export function decide(input: PlanInput, rollout: Rollout, counts: CountsByRole): Rollout {
  const { spec } = input;
  if (rollout.halted !== undefined) {
    if (rollout.failed.length === 0) return continued(rollout);
    if (rollout.retry === spec.rollout.retry) return rollout;
    const { revision, lastGoodRevision } = rollout;
    return startRollout({ ...input, rollout }, revision, revision, lastGoodRevision);
  }
  const why = failure(spec, rollout, counts);
  if (why === undefined) return rollout;
  const { revision, target, lastGoodRevision } = rollout;
  const reverts = spec.rollout.onFailure === "revert" && target === revision && canRevert(input, rollout);
  return reverts
    ? startRollout({ ...input, rollout }, revision, lastGoodRevision, lastGoodRevision)
    : { ...rollout, halted: why, retry: spec.rollout.retry };
}

function continued({ halted: _, ...rollout }: Rollout): Rollout {
  return rollout;
}

const canRevert = ({ revisions }: PlanInput, { lastGoodRevision, target }: Rollout): boolean =>
  lastGoodRevision !== 0 && lastGoodRevision !== target && revisions.has(lastGoodRevision);

/** Why the rollout must stop: a failed canary, a failed manager, or as many failed workers as the budget allows. */
function failure(spec: Spec, rollout: Rollout, counts: CountsByRole): string | undefined {
  const { failed } = rollout;
  if (failed.length === 0) return undefined;
  const failures = failed.map(({ name, why }) => `${name}: ${why}`).join("; ");
  if (canariesLeft(spec, rollout) > 0) return `the canary failed (${failures})`;
  if (failed.some(({ node }) => counts.roleOf(node) === "manager")) return `a manager failed (${failures})`;
  const budget = budgetOf(spec, "worker", counts.registered.worker);
  if (failed.length < budget) return undefined;
  return `${failed.length} of ${budget} nodes that may be unavailable failed (${failures})`;
}

/** The record once every node is updated to the target: it is the last good revision then. */
export const completed = (rollout: Rollout, target: Revision): Rollout =>
  rollout.lastGoodRevision === target.number ? rollout : { ...rollout, lastGoodRevision: target.number };
