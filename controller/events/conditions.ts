// Events of conditions: the difference between two reports, by type and subject, so that a condition that stands is told
// once, whoever leads and however it is worded.

import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import {
  type Condition,
  conditionId,
  kindOf,
  machineId,
  UNOBSERVABLE,
} from "../../crd-like-specs/resources/condition.ts";
import { type Event, type NewEvent, rolloutThread, unreachableThread } from "../../crd-like-specs/resources/event.ts";

/** Conditions that begin, that stand for another reason, and that are over. */
export function conditionEvents(before: ClusterStatus | undefined, after: ClusterStatus): NewEvent[] {
  const stood = new Map(before?.conditions.map(condition => [conditionId(condition), condition]));
  const stands = new Set(after.conditions.map(conditionId));
  const begun = after.conditions.filter(condition => {
    const known = stood.get(conditionId(condition));
    return condition.status === "True" && (known === undefined || isForAnotherReason(known, condition));
  });
  const over = [...stood].filter(([id]) => !stands.has(id));
  return [
    ...begun.map(condition => ({
      ...eventsOf(after, condition),
      ...{ severity: condition.severity, reason: condition.type, text: condition.message },
      subject: [conditionId(condition), ...(isUnobservable(condition) ? [] : [condition.reason])].join("/"),
    })),
    ...over.map(([id, condition]) => ({
      ...eventsOf(after, condition),
      ...({ severity: "info", reason: `${condition.type}Over`, subject: id } as const),
      text: `over: ${kindOf(condition.type).summary ?? condition.message}`,
    })),
  ];
}

const isUnobservable = ({ type }: Condition): boolean => UNOBSERVABLE.includes(type);

/** Each call that fails may fail for another reason, while what is so stays the same: nothing can be observed. */
const isForAnotherReason = (before: Condition, after: Condition): boolean =>
  before.reason !== after.reason && !isUnobservable(after);

const eventsOf = (report: ClusterStatus, condition: Condition): Pick<NewEvent, "topic" | "node" | "thread"> => ({
  topic: kindOf(condition.type).topic,
  ...(condition.subject?.node !== undefined &&
    condition.subject.name !== undefined && { node: condition.subject.name }),
  thread: threadOf(report, condition),
});

/** What happens to a manager while it is unreachable, and to a rollout, is read together with the rest of that. */
function threadOf({ unreachable }: ClusterStatus, condition: Condition): Event["thread"] {
  const { type, subject } = condition;
  if (subject?.revision !== undefined) return rolloutThread(subject.revision);
  const machine = subject && unreachable.find(one => machineId(one) === machineId(subject));
  if (machine) return unreachableThread(machine);
  const title = subject?.node === undefined ? kindOf(type).topic : `host ${subject.name}`;
  return { id: `condition/${conditionId(condition)}`, title };
}
