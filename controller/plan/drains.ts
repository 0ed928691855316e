// Whose swarm nodes are drained: as long as the operator or the rollout wants it, and only by our own mark undone.

import type { PlanStep } from "../../crd-like-specs/resources/cluster-status.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { DrainRequest } from "../state/drained.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { step } from "./next.ts";

type SetDrained = Extract<Action, { type: "swarm-set-drained" }>;

/**
 * `requests`: by the rollout's record as it is written in this round. A node of which no host is known is left as it is:
 * which one it was may only just not be known.
 */
export function planDrains({ nodes }: World, requests: ReadonlyMap<NodeId, DrainRequest>): SetDrained[] {
  return nodes.flatMap(({ id, name, swarm }) => {
    const wanted = requests.get(id);
    if (!swarm || (wanted ? swarm.availability === "drain" : !swarm.drained)) return [];
    const { topic, why } = wanted ?? { topic: "node", why: "nothing asks for the drain any more" };
    return [{ type: "swarm-set-drained", name, swarmNode: swarm.id, drained: wanted !== undefined, topic, why }];
  });
}

export const drainSteps = (actions: readonly SetDrained[]): PlanStep[] =>
  actions.map(({ name, drained, why }) => step(name, "swarm", drained ? "drain" : "let it take tasks again", why));
