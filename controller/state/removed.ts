// Hosts that the operation in flight has taken out of both rafts because they are dead.
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../crd-like-specs/resources/membership.ts";

/** Their agents are told so although they may be gone. `members` and `swarmNodes`: what the rafts list, by id. */
export function removedNodes(
  operation: Operation | undefined,
  members: ReadonlyMap<MemberId, unknown>,
  swarmNodes: ReadonlyMap<SwarmNodeId, unknown>,
): ReadonlySet<NodeId> {
  const { node, member, swarmNode } = operation?.replaces ?? {};
  const isListed =
    (member !== undefined && members.has(member)) || (swarmNode !== undefined && swarmNodes.has(swarmNode));
  return new Set(node === undefined || isListed ? [] : [node]);
}
