// The nodes that the rollout has changed: updated, failed or in flight, by the statuses of agents and the leader's
// clock.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { UnitReport } from "../../../crd-like-specs/resources/node-status.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import { isAssigned } from "../../../crd-like-specs/units/unit-set.ts";
import type { PlanInput } from "../../state/input.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";

/** After so many restarts since its start a unit counts as in a crash loop (our choice). */
const RESTARTS = 3;

/** Whether the node's assignment has the units of this revision for its role. */
export const isAt = ({ assignment }: Node, revision: Revision): boolean =>
  assignment !== undefined && isAssigned(assignment, revision);

/** The record with every node in it moved to where it belongs now: updated, failed or in flight. */
export function tallied({ input, nodeById }: World, rollout: Rollout, target: Revision): Rollout {
  const now = new Date(input.now).toISOString();
  const inFlight: Rollout["inFlight"] = [];
  const failed: Rollout["failed"] = [];
  let { updated } = rollout;
  for (const entry of rollout.failed) {
    const node = nodeById.get(entry.node);
    if (!node?.assignment) continue; // its keys were deleted
    if (!isAt(node, target)) inFlight.push(inFlightAgain(entry, now));
    else if (isUpdated(input, entry.node)) updated += 1;
    else failed.push(entry);
  }
  for (const entry of rollout.inFlight) {
    const node = nodeById.get(entry.node);
    if (!node?.assignment) continue;
    if (isAt(node, target) && isUpdated(input, entry.node)) {
      updated += 1;
      continue;
    }
    const failure = isAt(node, target) ? failureOf(input, node, Date.parse(entry.at)) : undefined;
    if (failure === undefined) inFlight.push(entry);
    else failed.push({ ...entry, at: now, ...failure });
  }
  const progressAt = updated > rollout.updated ? now : rollout.progressAt;
  return { ...rollout, inFlight, failed, updated, progressAt };
}

/** A failed node as in flight again, from `at` on. */
export const inFlightAgain = (
  { why: _, reason: __, ...entry }: Rollout["failed"][number],
  at: string,
): Rollout["inFlight"][number] => ({
  ...entry,
  at,
});

/** Healthy without a break for `min-healthy-seconds`. */
function isUpdated({ now, spec, healthySince }: PlanInput, id: NodeId): boolean {
  const since = healthySince.get(id);
  return since !== undefined && now - since >= spec.rollout.minHealthySeconds * 1000;
}

/** `reason`: one CamelCase word for programs; `why`: human-readable. */
type Failure = Pick<Rollout["failed"][number], "reason" | "why">;

/** Why a node changed at `at` (milliseconds since 1970) has failed; undefined while it may still become healthy. */
function failureOf(
  { now, spec }: PlanInput,
  { registration, status, assignment }: Node,
  at: number,
): Failure | undefined {
  const applied = status !== undefined && status.generation === assignment?.generation;
  const unhealthy = applied ? status.units.filter(({ problem }) => problem !== undefined) : [];
  const hopeless = unhealthy.find(({ active, restarts }) => active === "failed" || restarts >= RESTARTS);
  if (registration && hopeless) return unitFailure(hopeless);
  const { healthyDeadlineSeconds, minHealthySeconds } = spec.rollout;
  if (now - at <= (healthyDeadlineSeconds + minHealthySeconds) * 1000) return undefined;
  if (!registration) return { reason: "NotRegistered", why: "it has not been registered since its units were changed" };
  const [first] = unhealthy;
  if (first) return unitFailure(first);
  if (applied) return { reason: "NotSteady", why: "its units do not stay healthy" };
  return { reason: "NotReached", why: status?.message ?? "its agent has not applied its assignment" };
}

const unitFailure = ({ name, problem }: UnitReport): Failure => ({
  reason: problem?.reason ?? "UnexpectedState",
  why: `${name}: ${problem?.message}`,
});
