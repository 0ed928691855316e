// Whether a rollout goes on, halts, or turns back; from who failed, and from what the operator says.

import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { Role } from "../../../crd-like-specs/resources/role.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { Spec } from "../../../crd-like-specs/settings/spec.ts";
import type { PlanInput } from "../../state/input.ts";
import type { World } from "../../state/world.ts";
import { startRollout } from "./revision.ts";

/** How many hosts of a role may be unavailable by our hand. */
export function budgetOf(spec: Spec, role: Role, nodes: number): number {
  const { maxUnavailable } = spec.rollout;
  if (role === "manager") return 1;
  return "nodes" in maxUnavailable
    ? maxUnavailable.nodes
    : Math.max(1, Math.floor((nodes * maxUnavailable.percent) / 100));
}

/** Nobody else is changed before so many are proven; none for what was proven before. */
export const canariesLeft = (spec: Spec, { updated, target, lastGoodRevision }: Rollout): number =>
  target === lastGoodRevision ? 0 : Math.max(0, spec.rollout.canary - updated);

export interface CountsByRole {
  /** How many hosts of a role are there. */
  readonly there: Readonly<Record<Role, number>>;
  /** Of everyone who was ever assigned one, there or not: who is away keeps its place in the budget. */
  roleOf(node: NodeId): Role | undefined;
}

export function countsByRole({ nodes, input }: Pick<World, "nodes" | "input">): CountsByRole {
  const there = { manager: 0, worker: 0 };
  for (const { registration, assignment } of nodes) if (registration && assignment) there[assignment.role] += 1;
  return { there, roleOf: node => input.assignments.get(node)?.role };
}

/** The record as it stands after the operator's word and the failures. */
export function decide(input: PlanInput, rollout: Rollout, counts: CountsByRole): Rollout {
  const { spec } = input;
  if (rollout.halted !== undefined) {
    if (rollout.failed.length === 0) return goingOn(rollout);
    if (rollout.retry === spec.rollout.retry) return rollout;
    const { revision, lastGoodRevision } = rollout;
    return startRollout({ ...input, rollout }, revision, revision, lastGoodRevision);
  }
  const why = failure(spec, rollout, counts);
  if (why === undefined) return rollout;
  const { revision, target, lastGoodRevision } = rollout;
  const back = spec.rollout.onFailure === "revert" && target === revision && canGoBack(input, rollout);
  return back
    ? startRollout({ ...input, rollout }, revision, lastGoodRevision, lastGoodRevision)
    : { ...rollout, halted: why, retry: spec.rollout.retry };
}

function goingOn({ halted: _, ...rollout }: Rollout): Rollout {
  return rollout;
}

const canGoBack = ({ revisions }: PlanInput, { lastGoodRevision, target }: Rollout): boolean =>
  lastGoodRevision !== 0 && lastGoodRevision !== target && revisions.has(lastGoodRevision);

/** A canary that fails is one too many, and so is a manager; after that, as many as the budget has. */
function failure(spec: Spec, rollout: Rollout, counts: CountsByRole): string | undefined {
  const { failed } = rollout;
  if (failed.length === 0) return undefined;
  const said = failed.map(({ name, why }) => `${name}: ${why}`).join("; ");
  if (canariesLeft(spec, rollout) > 0) return `the canary failed (${said})`;
  if (failed.some(({ node }) => counts.roleOf(node) === "manager")) return `a manager failed (${said})`;
  const budget = budgetOf(spec, "worker", counts.there.worker);
  if (failed.length < budget) return undefined;
  return `${failed.length} of ${budget} hosts that may be unavailable failed (${said})`;
}

/** The revision that everyone was proven to run, once that is so. */
export const completed = (rollout: Rollout, target: Revision): Rollout =>
  rollout.lastGoodRevision === target.number ? rollout : { ...rollout, lastGoodRevision: target.number };
