// The events of a rollout: the difference between its record before and after a round.
import { eventOf, type NewEvent, rolloutThread } from "../../../crd-like-specs/resources/event.ts";
import type { Rollout } from "../../../crd-like-specs/resources/rollout.ts";
import type { NewRevision } from "../actions.ts";
import type { Prepared } from "./draining.ts";

/** The events that no condition of the report covers. Conditions cover that the rollout halts and continues. */
export function rolloutEvents(
  before: Rollout | undefined,
  after: Rollout,
  { late }: Prepared,
  fresh: NewRevision | undefined,
): NewEvent[] {
  const { revision, target, lastGoodRevision } = after;
  const known = new Set(before?.failed.map(({ node }) => node));
  const event = (
    severity: NewEvent["severity"],
    reason: string,
    subject: string,
    text: string,
    node?: string,
  ): NewEvent => ({
    ...eventOf("units", severity, reason, subject, text, node),
    thread: rolloutThread(revision),
  });
  const failed = after.failed.filter(({ node }) => !known.has(node));
  return [
    ...(fresh
      ? [
          event(
            "info",
            "RolloutStarted",
            `revision-${fresh.revision.number}`,
            `revision ${fresh.revision.number} is rolled out: ${fresh.change}`,
          ),
        ]
      : []),
    ...failed.map(({ node, name, reason, why }) =>
      event("warning", "RolloutNodeFailed", `${node}/revision-${target}/${reason}`, `${name} has failed: ${why}`, name),
    ),
    ...late.map(({ id, name }) =>
      event(
        "warning",
        "DrainTimedOut",
        `${id}/revision-${target}`,
        `${name} is changed although not all its tasks have ended`,
        name,
      ),
    ),
    ...(target !== revision && before?.target !== target
      ? [
          event(
            "warning",
            "RolloutReverted",
            `revision-${revision}/revision-${target}`,
            `revision ${revision} is reverted: nodes return to revision ${target}`,
          ),
        ]
      : []),
    ...(lastGoodRevision !== before?.lastGoodRevision && lastGoodRevision === target
      ? [
          event(
            "info",
            "RolloutCompleted",
            `revision-${lastGoodRevision}`,
            `all nodes run revision ${lastGoodRevision} of their units`,
          ),
        ]
      : []),
  ];
}
