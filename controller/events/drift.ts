// Events of drift: a manual change on a node that its agent has reverted. The controller that leads when the agent
// reports it records it once.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { eventOf, type NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";

/** By node: the time of its newest known drift. */
export type ReportedDrift = Map<NodeId, string>;

/**
 * An event for each drift that is newer than `reported`, which it updates. `first`: the first round of a leader, which
 * only learns what was reported before its term.
 */
export function driftEvents(
  reported: ReportedDrift,
  { statuses }: Pick<ClusterKeys, "statuses">,
  first: boolean,
): NewEvent[] {
  const events: NewEvent[] = [];
  for (const { id, name, drift = [] } of statuses.values()) {
    const before = reported.get(id) ?? "";
    const last = drift.at(-1)?.at;
    if (last === undefined || last <= before) continue;
    reported.set(id, last);
    if (first) continue;
    for (const { unit, reason, what, at } of drift) {
      const text = `${unit} was changed manually on ${name}: ${what}`;
      if (at > before) events.push(eventOf("units", "warning", "DriftReverted", `${id}/${unit}/${reason}`, text, name));
    }
  }
  return events;
}
