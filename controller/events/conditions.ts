// Events of conditions: the difference between two cluster statuses, by type and subject. A lasting condition is
// therefore recorded once, under every leader and with any message.
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import {
  type Condition,
  conditionId,
  kindOf,
  machineId,
  UNOBSERVABLE,
} from "../../crd-like-specs/resources/condition.ts";
import { type Event, type NewEvent, rolloutThread, unreachableThread } from "../../crd-like-specs/resources/event.ts";

/** One event for each condition that begins, changes its reason, or ends. */
export function conditionEvents(before: ClusterStatus | undefined, after: ClusterStatus): NewEvent[] {
  const previous = new Map(before?.conditions.map(condition => [conditionId(condition), condition]));
  const current = new Set(after.conditions.map(conditionId));
  const begun = after.conditions.filter(condition => {
    const known = previous.get(conditionId(condition));
    return condition.status === "True" && (known === undefined || isForAnotherReason(known, condition));
  });
  const ended = [...previous].filter(([id]) => !current.has(id));
  return [
    ...begun.map(condition => ({
      ...commonFields(after, condition),
      ...{ severity: condition.severity, reason: condition.type, text: condition.message },
      subject: [conditionId(condition), ...(isUnobservable(condition) ? [] : [condition.reason])].join("/"),
    })),
    ...ended.map(([id, condition]) => ({
      ...commonFields(after, condition),
      ...({ severity: "info", reason: `${condition.type}Over`, subject: id } as const),
      text: `over: ${kindOf(condition.type).summary ?? condition.message}`,
    })),
  ];
}

const isUnobservable = ({ type }: Condition): boolean => UNOBSERVABLE.includes(type);

/** While a raft is unobservable, each call may fail for another reason: that is not a new condition. */
const isForAnotherReason = (before: Condition, after: Condition): boolean =>
  before.reason !== after.reason && !isUnobservable(after);

const commonFields = (report: ClusterStatus, condition: Condition): Pick<NewEvent, "topic" | "node" | "thread"> => ({
  topic: kindOf(condition.type).topic,
  ...(condition.subject?.node !== undefined &&
    condition.subject.name !== undefined && { node: condition.subject.name }),
  thread: threadOf(report, condition),
});

/** A condition joins the thread of its rollout or of its unreachable manager. Others have their own thread. */
function threadOf({ unreachable }: ClusterStatus, condition: Condition): Event["thread"] {
  const { type, subject } = condition;
  if (subject?.revision !== undefined) return rolloutThread(subject.revision);
  const machine = subject && unreachable.find(one => machineId(one) === machineId(subject));
  if (machine) return unreachableThread(machine);
  const title = subject?.node === undefined ? kindOf(type).topic : `node ${subject.name}`;
  return { id: `condition/${conditionId(condition)}`, title };
}
