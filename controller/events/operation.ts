// Events of an operation and of each of its steps, with the texts of plan and log.
import { duration } from "../../crd-like-specs/duration.ts";
import { machineId } from "../../crd-like-specs/resources/condition.ts";
import { type Event, type NewEvent, unreachableThread } from "../../crd-like-specs/resources/event.ts";
import type { Operation } from "../../crd-like-specs/resources/membership.ts";
import type { Action } from "../plan/actions.ts";
import { describe } from "../plan/describe.ts";

type OperationAction = Extract<Action, { type: "record-operation" | "end-operation" }>;
/** Changes of the voters, and the removal of a swarm node. */
export type StepAction = Extract<Action, { type: keyof typeof STEPS }>;

/** The event that an operation begins, is rolled back, or ends. `now`: milliseconds since 1970. */
export function operationEvent(action: OperationAction, now: number): NewEvent {
  const { operation } = action;
  const common = {
    ...{ topic: topicOf(operation), node: operation.name, operation: operation.id },
    ...{ subject: subjectOf(operation), thread: threadOf(operation) },
  };
  if (action.type === "record-operation")
    return operation.rollingBack
      ? { ...common, severity: "warning", reason: "OperationFailed", text: operation.step.text }
      : { ...common, severity: "info", reason: "OperationStarted", text: describe(action) };
  const spent = now - Date.parse(operation.startedAt);
  if (action.outcome === "done")
    return {
      ...common,
      severity: "info",
      reason: "OperationCompleted",
      text: `${describe(action)} (${duration(spent)})`,
    };
  const limit = Date.parse(operation.deadline) - Date.parse(operation.startedAt);
  const why = operation.rollingBack || spent > limit ? `: it did not finish within ${duration(limit)}` : "";
  const reason = action.outcome === "cancelled" ? "OperationCancelled" : "OperationRolledBack";
  return { ...common, severity: "warning", reason, text: `${describe(action)}${why}` };
}

const STEPS = {
  "etcd-add-learner": { topic: "etcd", reason: "EtcdLearnerAdded" },
  "etcd-promote": { topic: "etcd", reason: "EtcdVoterPromoted" },
  "etcd-remove": { topic: "etcd", reason: "EtcdMemberRemoved" },
  "etcd-move-leader": { topic: "etcd", reason: "EtcdLeaderMoved" },
  "swarm-promote": { topic: "swarm", reason: "SwarmManagerPromoted" },
  "swarm-demote": { topic: "swarm", reason: "SwarmManagerDemoted" },
  "swarm-remove-node": { topic: "swarm", reason: "SwarmNodeRemoved" },
} as const satisfies Partial<Record<Action["type"], Pick<NewEvent, "topic" | "reason">>>;

/** The event of a step that is about to run. Most steps belong to an operation. */
export const stepEvent = (action: StepAction, operation: Operation | undefined): NewEvent => ({
  ...STEPS[action.type],
  severity: "info",
  subject: [...(operation ? [subjectOf(operation)] : []), action.name].join("/"),
  text: describe(action),
  node: action.name,
  ...(operation && { operation: operation.id, thread: threadOf(operation) }),
});

/** The event of a node that is drained or takes tasks again. */
export const drainEvent = (action: Extract<Action, { type: "swarm-set-drained" }>): NewEvent => ({
  ...{ topic: action.topic, severity: "info", reason: action.drained ? "NodeDrained" : "NodeUndrained" },
  ...{ subject: `${action.swarmNode}/${action.topic}`, text: describe(action), node: action.name },
});

function threadOf({ id, kind, name, replaces }: Operation): Event["thread"] {
  if (replaces) return unreachableThread(replaces);
  return { id, title: `making ${name} a ${kind === "promote" ? "manager" : "worker"}` };
}

/** The same subject for each attempt at the same change. */
const subjectOf = ({ kind, node, replaces }: Operation): string =>
  [kind, ...(node === undefined ? [] : [node]), ...(replaces ? [machineId(replaces)] : [])].join("/");

const topicOf = ({ replaces }: Operation): NewEvent["topic"] => (replaces === undefined ? "managers" : "remediation");
