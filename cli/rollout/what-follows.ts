// What happens next with a change of the units that was just written, such as that it waits for a leader.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { pausedBy } from "./view.ts";

/** `clusterKeys`: the keys before the change. Empty if nothing changed. */
export function whatFollows(clusterKeys: ClusterKeys, changes: readonly unknown[]): string[] {
  if (changes.length === 0) return [];
  if (clusterKeys.leader === undefined) return ["No controller leads: the change is rolled out once one does."];
  const pause = pausedBy(effectiveSpec(clusterKeys).spec);
  if (pause === "spec/paused") return ["spec/paused is true: the change is rolled out once it is false."];
  if (pause !== undefined) return ["Rollouts are paused; resume them: swarmkeeper rollout resume"];
  return ["See the progress: swarmkeeper rollout status"];
}
