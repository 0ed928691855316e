// Human-readable texts of actions, for logs, events and messages.
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { Action } from "./actions.ts";

/** One line without a full stop: what is done to which machine, and why where that is not evident. Never throws. */
export function describe(action: Action): string {
  switch (action.type) {
    case "record-operation":
      return `${action.operation.step.text} (${action.operation.reason})`;
    case "end-operation":
      return ending(action.operation, action.outcome);
    case "write-assignment":
      return `assigning ${action.name}: ${action.assignment.role}, etcd ${action.assignment.etcd.mode}`;
    case "write-rollout":
      return rolling(action);
    case "write-swarm-record":
      return `the swarm is joined at ${action.record.state === "ready" ? action.record.managers.join(", ") : action.record.address}`;
    case "write-worker-token":
      return "the worker token changed";
    case "write-blocked-managers":
      return action.blocked.addresses.length === 0
        ? "no manager is blocked any more"
        : `every node rejects the swarm port of ${action.blocked.addresses.join(", ")}`;
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
      return `removing ${action.name}, ${action.why}, from the swarm's nodes`;
    case "swarm-set-drained":
      return `${action.drained ? `draining ${action.name}` : `letting ${action.name} take tasks again`}: ${action.why}`;
    case "resign":
      return `resigning: ${action.why}`;
  }
}

function ending({ kind, name, replaces }: Operation, outcome: Extract<Action, { type: "end-operation" }>["outcome"]) {
  if (outcome === "rolled back")
    return `the ${kind === "promote" ? "promotion" : "demotion"} of ${name} was rolled back`;
  if (outcome === "cancelled") return `the replacement of ${replaces?.name ?? name} was cancelled`;
  if (kind === "remove") return `${name} was removed from both rafts`;
  const place = replaces === undefined ? "" : `, in place of ${replaces.name}`;
  return `${name} is a ${kind === "promote" ? "manager" : "worker"} now${place}`;
}

function rolling({ rollout, events }: Extract<Action, { type: "write-rollout" }>): string {
  const [event] = events;
  if (event) return `units: ${event.text}`;
  const { target, updated, inFlight, failed } = rollout;
  const parts = [
    `${updated} updated`,
    `${inFlight.length} in flight`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
  ];
  return `units: revision ${target}: ${parts.join(", ")}`;
}
