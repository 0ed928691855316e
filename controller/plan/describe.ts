// An action in the words that log, events and messages use.
import type { Action } from "./actions.ts";

export function describe(action: Action): string {
  switch (action.type) {
    case "record-operation":
      return `${action.operation.step} (${action.operation.reason})`;
    case "end-operation":
      return action.outcome === "done"
        ? `${action.operation.name} is a ${action.operation.kind === "promote" ? "manager" : "worker"} now`
        : `${action.operation.name} was given back`;
    case "write-assignment":
      return `assigning ${action.name}: ${action.assignment.role}, etcd ${action.assignment.etcd.mode}`;
    case "write-swarm-record":
      return `the swarm is joined at ${action.record.state === "ready" ? action.record.managers.join(", ") : action.record.address}`;
    case "write-worker-token":
      return "the worker token changed";
    case "etcd-add-learner":
      return `adding ${action.name} to etcd as a learner`;
    case "etcd-promote":
      return `promoting ${action.name} to etcd voter`;
    case "etcd-remove":
      return `removing ${action.name} from etcd`;
    case "etcd-move-leader":
      return `moving etcd's leadership away from ${action.name}`;
    case "swarm-promote":
      return `promoting ${action.name} in the swarm`;
    case "swarm-demote":
      return `demoting ${action.name} in the swarm`;
    case "swarm-remove-node":
      return `removing ${action.name}, which has left, from the swarm's nodes`;
    case "resign":
      return `giving up the lead: ${action.why}`;
  }
}
