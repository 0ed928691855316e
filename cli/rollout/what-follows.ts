// What happens next with a change of the units that was just written, such as that it waits for a leader.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { buildRollout } from "./view.ts";

/** `clusterKeys`: the keys before the change. Empty if nothing changed. */
export function whatFollows(clusterKeys: ClusterKeys, changes: readonly unknown[]): string[] {
  if (changes.length === 0) return [];
  const { hasLeader, pausedBy } = buildRollout(clusterKeys);
  if (!hasLeader) return ["No controller leads: the change is rolled out once one does."];
  if (pausedBy === "spec/paused") return ["spec/paused is true: the change is rolled out once it is false."];
  if (pausedBy !== undefined) return ["Rollouts are paused; resume them: swarmkeeper rollout resume"];
  return ["See the progress: swarmkeeper rollout status"];
}
