// What becomes of a change of the units that was just written: people should not have to wonder why nothing moves.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { buildRollout } from "./view.ts";

/** `known` from before the change; nothing where nothing changed. */
export function whatFollows(known: ClusterKeys, changes: readonly unknown[]): string[] {
  if (changes.length === 0) return [];
  const { hasLeader, pausedBy } = buildRollout(known);
  if (!hasLeader) return ["No controller leads: it is rolled out once one does."];
  if (pausedBy === "spec/paused") return ["spec/paused is true: it is rolled out once that is false."];
  if (pausedBy !== undefined) return ["Rollouts are paused: go on with swarmkeeper rollout resume."];
  return ["How it goes: swarmkeeper rollout status"];
}
