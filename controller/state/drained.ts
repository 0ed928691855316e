// Which nodes must be drained, and on whose request. World.drains derives it from the stored record of the rollout, the
// planner from the record that the round is about to write.
import { type NodeId, nodeId } from "../../crd-like-specs/resources/ids.ts";
import type { Rollout } from "../../crd-like-specs/resources/rollout.ts";
import type { Spec } from "../../crd-like-specs/settings/spec.ts";

export interface DrainRequest {
  readonly topic: "node" | "units";
  /** Human-readable: what requests the drain. */
  readonly why: string;
}

/** By node. A request of the operator takes precedence over one of the rollout. */
export function drainRequests({ nodes }: Spec, rollout: Rollout | undefined): ReadonlyMap<NodeId, DrainRequest> {
  const requests = new Map<NodeId, DrainRequest>();
  for (const id of drainedByRollout(rollout))
    requests.set(id, { topic: "units", why: "the rollout of units requests it" });
  for (const [id, node] of Object.entries(nodes))
    if (node.drain) requests.set(nodeId(id), { topic: "node", why: `spec/nodes/${id}/drain is true` });
  return requests;
}

/** Nodes that are drained before their change, and until they are updated. */
function drainedByRollout(rollout: Rollout | undefined): NodeId[] {
  const { draining = [], inFlight = [], failed = [] } = rollout ?? {};
  return [...draining, ...[...inFlight, ...failed].filter(({ drained }) => drained)].map(({ node }) => node);
}
