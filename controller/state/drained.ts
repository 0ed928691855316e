// Whose swarm nodes are to be drained, and for whom: derived from the record of the rollout that stands (World.drains), and
// from the one that a round is about to write.
import { type NodeId, nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Rollout } from "../../crd-like-specs/resources/rollout.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";

export interface DrainRequest {
  readonly topic: "node" | "units";
  /** In words: who asks for it. */
  readonly why: string;
}

/** By host. The operator's request counts before the rollout's. */
export function drainRequests({ nodes }: Spec, rollout: Rollout | undefined): ReadonlyMap<NodeId, DrainRequest> {
  const requests = new Map<NodeId, DrainRequest>();
  for (const node of drainedByRollout(rollout))
    requests.set(node, { topic: "units", why: "the rollout of units asks for it" });
  for (const [id, node] of Object.entries(nodes))
    if (node.drain) requests.set(nodeId(id), { topic: "node", why: `spec/nodes/${id}/drain is true` });
  return requests;
}

/** Before their change, and until it is proven. */
function drainedByRollout(rollout: Rollout | undefined): NodeId[] {
  const { draining = [], inFlight = [], failed = [] } = rollout ?? {};
  return [...draining, ...[...inFlight, ...failed].filter(({ drained }) => drained)].map(({ node }) => node);
}
