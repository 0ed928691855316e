// Whose swarm nodes are drained: as long as the operator or the rollout wants it, and only by our own mark undone.
import type { NodeId } from "../../crd-like-specs/ids.ts";
import type { PlanStep } from "../../crd-like-specs/resources.ts";
import type { PlanInput } from "../state/input.ts";
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";
import { step } from "./next.ts";

type SetDrained = Extract<Action, { type: "swarm-set-drained" }>;

/** Who wants a host's node drained, in words; undefined where nobody does. `byRollout`: whom the rollout wants drained. */
export function drainWanted(
  { spec }: Pick<PlanInput, "spec">,
  id: NodeId,
  byRollout: ReadonlySet<NodeId>,
): Pick<SetDrained, "about" | "why"> | undefined {
  if (spec.nodes[id]?.drain) return { about: "host", why: `spec/nodes/${id}/drain is true` };
  return byRollout.has(id) ? { about: "units", why: "the rollout of units asks for it" } : undefined;
}

/** A node of which no host is known is left as it is: which one it was may only just not be known. */
export function planDrains({ hosts, input }: World, byRollout: ReadonlySet<NodeId>): SetDrained[] {
  return hosts.flatMap(({ id, name, swarm }) => {
    const wanted = drainWanted(input, id, byRollout);
    if (!swarm || (wanted ? swarm.availability === "drain" : !swarm.drained)) return [];
    const { about, why } = wanted ?? { about: "host", why: "nothing asks for the drain any more" };
    return [{ type: "swarm-set-drained", name, swarmNode: swarm.id, drained: wanted !== undefined, about, why }];
  });
}

export const drainSteps = (actions: readonly SetDrained[]): PlanStep[] =>
  actions.map(({ name, drained, why }) => step(name, "swarm", drained ? "drain" : "let it take tasks again", why));
