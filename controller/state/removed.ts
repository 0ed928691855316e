// Dead nodes that the operation in progress has removed from both rafts.
import type { MemberId, NodeId, SwarmNodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Operation } from "../../crd-like-specs/resources/membership.ts";

/**
 * Their assignments record the removal, in case their agents return. `members` and `swarmNodes`: the lists of both
 * rafts, by id.
 */
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
