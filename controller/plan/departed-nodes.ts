// Removes the swarm's records of nodes that have left in good order.
import type { World } from "../state/world.ts";
import type { Action } from "./actions.ts";

/** Only for swarm nodes that an agent has reported as left. */
export function removeDepartedNodes({ nodes, swarm }: World): Action[] {
  const left = new Set(nodes.flatMap(node => node.status?.left ?? []));
  if (left.size === 0) return [];
  return swarm.nodes
    .filter(
      swarmNode =>
        left.has(swarmNode.id) && swarmNode.state === "down" && !swarmNode.manager && swarmNode.role === "worker",
    )
    .map(({ id, hostname: name }) => ({
      ...({ type: "swarm-remove-node", name, swarmNode: id } as const),
      ...({ why: "which has left", force: false } as const),
    }));
}
