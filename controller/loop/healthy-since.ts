// Since when each host that we have changed has been well without a break, by this controller's own clock: a new leader
// begins to count anew, which costs some seconds and cannot be wrong.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";

interface HealthySpan {
  /** Wall time, milliseconds since 1970. */
  readonly since: number;
  /** What must not change: a unit that was started again in between has not been well without a break. */
  readonly sign: string;
}
export type HealthHistory = ReadonlyMap<NodeId, HealthySpan>;

type Known = Pick<ClusterKeys, "rollout" | "statuses" | "assignments" | "registrations">;

/** Looks at everyone who is on the rollout's account. */
export function updateHealth(before: HealthHistory, known: Known, now: number): HealthHistory {
  const { inFlight = [], failed = [] } = known.rollout ?? {};
  const seen = new Map<NodeId, HealthySpan>();
  for (const { node } of [...inFlight, ...failed]) {
    const status = known.statuses.get(node);
    const reached = status !== undefined && status.generation === known.assignments.get(node)?.generation;
    if (!reached || !known.registrations.has(node) || status.units.some(({ problem }) => problem !== undefined))
      continue;
    const sign = signOf(status);
    const last = before.get(node);
    seen.set(node, last?.sign === sign && last.since <= now ? last : { since: now, sign });
  }
  return seen;
}

const signOf = ({ generation, units }: NodeStatus): string =>
  JSON.stringify([generation, units.map(({ name, restarts, since, file }) => [name, restarts, since, file])]);
