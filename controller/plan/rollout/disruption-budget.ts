// Whom we have changed: proven, failed, or still to be waited for. Counted from what agents say, by our own clock.
import type { NodeId } from "../../../crd-like-specs/resources/ids.ts";
import type { UnitReport } from "../../../crd-like-specs/resources/node-status.ts";
import type { Revision, Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import { isAssigned } from "../../../crd-like-specs/units/unit-set.ts";
import type { PlanInput } from "../../state/input.ts";
import type { Node } from "../../state/nodes.ts";
import type { World } from "../../state/world.ts";

/** A unit that systemd has started again so often since we started it will not come to rest by itself (ours). */
const RESTARTS = 3;

/** Whether a host is assigned what this revision lists for its role. */
export const isAt = ({ assignment }: Node, revision: Revision): boolean =>
  assignment !== undefined && isAssigned(assignment, revision);

/** The record after a look at everyone in it. */
export function tallied({ input, nodeById }: World, rollout: Rollout, target: Revision): Rollout {
  const now = new Date(input.now).toISOString();
  const inFlight: Rollout["inFlight"] = [];
  const failed: Rollout["failed"] = [];
  let { updated } = rollout;
  for (const entry of rollout.failed) {
    const node = nodeById.get(entry.node);
    if (!node?.assignment) continue; // nothing is known of it any more
    if (!isAt(node, target)) inFlight.push(again(entry, now));
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

/** One that failed, to be waited for anew from `at` on. */
export const again = (
  { why: _, reason: __, ...entry }: Rollout["failed"][number],
  at: string,
): Rollout["inFlight"][number] => ({
  ...entry,
  at,
});

/** Well without a break for as long as the spec wants. */
function isUpdated({ now, spec, healthySince }: PlanInput, node: NodeId): boolean {
  const since = healthySince.get(node);
  return since !== undefined && now - since >= spec.rollout.minHealthySeconds * 1000;
}

/** One word for programs, and a sentence for people. */
type Failure = Pick<Rollout["failed"][number], "reason" | "why">;

/** Why a host that was changed at `at` (milliseconds since 1970) has failed; undefined while it may still come up. */
function failureOf(
  { now, spec }: PlanInput,
  { registration, status, assignment }: Node,
  at: number,
): Failure | undefined {
  const reached = status !== undefined && status.generation === assignment?.generation;
  const unhealthy = reached ? status.units.filter(({ problem }) => problem !== undefined) : [];
  const lost = unhealthy.find(({ active, restarts }) => active === "failed" || restarts >= RESTARTS);
  if (registration && lost) return unitFailure(lost);
  const { healthyDeadlineSeconds, minHealthySeconds } = spec.rollout;
  if (now - at <= (healthyDeadlineSeconds + minHealthySeconds) * 1000) return undefined;
  if (!registration) return { reason: "NotRegistered", why: "it has not been heard of since its units were changed" };
  const [first] = unhealthy;
  if (first) return unitFailure(first);
  if (reached) return { reason: "NotSteady", why: "its units do not stay well" };
  return { reason: "NotReached", why: status?.message ?? "its agent has not done what it is assigned" };
}

const unitFailure = ({ name, problem }: UnitReport): Failure => ({
  reason: problem?.reason ?? "UnexpectedState",
  why: `${name}: ${problem?.message}`,
});
