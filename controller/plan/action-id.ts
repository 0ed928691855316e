// The id of an action: its type and the ids of its target, never its description. The journal of an operation and the
// detection of repeated rounds compare these ids.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { Action } from "./actions.ts";
import { describe } from "./describe.ts";

/** Equal for two actions that do the same to the same target. Compared, never parsed. */
export function actionId(action: Action): string {
  return [action.type, ...targetOf(action)].join("/");
}

/** The action as the step of an operation: an id for programs and a human-readable text. */
export const stepOf = (action: Action): Operation["step"] => ({ id: actionId(action), text: describe(action) });

function targetOf(action: Action): (string | number)[] {
  switch (action.type) {
    case "record-operation":
      return [action.operation.id, action.operation.step.id];
    case "end-operation":
      return [action.operation.id, action.outcome];
    case "write-assignment": {
      const { role, etcd } = action.assignment;
      return [action.node, role, etcd.mode];
    }
    case "write-rollout": {
      const { revision, target, updated, draining, inFlight, failed } = action.rollout;
      const nodes = [draining, inFlight, failed].map(list => list.map(({ node }) => node).join("+"));
      return [revision, target, updated, ...nodes];
    }
    case "write-swarm-record":
      return action.record.state === "ready" ? [action.record.id, ...action.record.managers] : [action.record.by];
    case "write-blocked-managers":
      return [...action.blocked.addresses];
    case "etcd-add-learner":
      return [action.peerUrl];
    case "etcd-promote":
    case "etcd-remove":
      return [action.member];
    case "etcd-move-leader":
      return [action.from];
    case "swarm-promote":
    case "swarm-demote":
    case "swarm-remove-node":
      return [action.swarmNode];
    case "swarm-set-drained":
      return [action.swarmNode, String(action.drained)];
    case "write-worker-token":
    case "resign":
      return [];
  }
}
