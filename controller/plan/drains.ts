// Which nodes are drained: as long as the operator or the rollout requests it. Only drains with swarmkeeper's mark end.
import type { PlanStep } from "../../crd-like-specs/resources/cluster-status.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";
import type { DrainRequest } from "../state/drained.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { step } from "./next.ts";

type SetDrained = Extract<Action, { type: "swarm-set-drained" }>;

/**
 * `requests`: by the rollout's record as this round writes it. An unmanaged swarm node is left as it is, because its
 * node may be unknown only for the moment.
 */
export function planDrains({ nodes }: World, requests: ReadonlyMap<NodeId, DrainRequest>): SetDrained[] {
  return nodes.flatMap(({ id, name, swarm }) => {
    const wanted = requests.get(id);
    if (!swarm || (wanted ? swarm.availability === "drain" : !swarm.drained)) return [];
    const { topic, why } = wanted ?? { topic: "node", why: "nothing requests the drain any more" };
    return [{ type: "swarm-set-drained", name, swarmNode: swarm.id, drained: wanted !== undefined, topic, why }];
  });
}

/** The drains of this round as steps of the report. */
export const drainSteps = (actions: readonly SetDrained[]): PlanStep[] =>
  actions.map(({ name, drained, why }) => step(name, "swarm", drained ? "drain" : "let it take tasks again", why));
