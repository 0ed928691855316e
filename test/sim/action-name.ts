// The name of an action for tests: its type and its target, never its human-readable text.
import type { Action } from "../../controller/plan/actions.ts";
import type { Operation } from "../../crd-like-specs/resources/membership.ts";

/** `begin promote h4`, `etcd-promote h4`, `write-assignment h4 manager member`, `end promote h4 done`. */
export function actionName(action: Action): string {
  switch (action.type) {
    case "record-operation":
      return `${action.operation.rollingBack ? "roll back" : "begin"} ${operationName(action.operation)}`;
    case "end-operation":
      return `end ${operationName(action.operation)} ${action.outcome}`;
    case "write-assignment":
      return `${action.type} ${action.name} ${action.assignment.role} ${action.assignment.etcd.mode}`;
    case "swarm-set-drained":
      return `${action.drained ? "drain" : "undrain"} ${action.name}`;
    case "write-blocked-managers":
      return [action.type, ...action.blocked.addresses].join(" ");
    case "write-rollout":
    case "write-swarm-record":
    case "write-worker-token":
    case "resign":
      return action.type;
    default:
      return `${action.type} ${action.name}`;
  }
}

const operationName = ({ kind, name, replaces }: Operation): string =>
  `${kind} ${name}${replaces && replaces.name !== name ? ` for ${replaces.name}` : ""}`;
