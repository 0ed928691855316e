// Since when each node that the rollout has changed has been healthy without a break, by this controller's clock. A
// new leader counts from the beginning, which costs some seconds and is always safe.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { NodeStatus } from "../../crd-like-specs/resources/node-status.ts";

interface HealthySpan {
  /** Wall time, milliseconds since 1970. */
  readonly since: number;
  /** Identifies the run of the units: a unit that was restarted in between was not healthy without a break. */
  readonly fingerprint: string;
}
export type HealthHistory = ReadonlyMap<NodeId, HealthySpan>;

type Known = Pick<ClusterKeys, "rollout" | "statuses" | "assignments" | "registrations">;

/** Updates the times of all nodes in flight or failed. `now`: milliseconds since 1970. */
export function updateHealth(before: HealthHistory, known: Known, now: number): HealthHistory {
  const { inFlight = [], failed = [] } = known.rollout ?? {};
  const healthy = new Map<NodeId, HealthySpan>();
  for (const { node } of [...inFlight, ...failed]) {
    const status = known.statuses.get(node);
    const applied = status !== undefined && status.generation === known.assignments.get(node)?.generation;
    if (!applied || !known.registrations.has(node) || status.units.some(({ problem }) => problem !== undefined))
      continue;
    const fingerprint = fingerprintOf(status);
    const last = before.get(node);
    healthy.set(node, last?.fingerprint === fingerprint && last.since <= now ? last : { since: now, fingerprint });
  }
  return healthy;
}

const fingerprintOf = ({ generation, units }: NodeStatus): string =>
  JSON.stringify([generation, units.map(({ name, restarts, since, file }) => [name, restarts, since, file])]);
