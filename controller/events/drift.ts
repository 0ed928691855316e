// What somebody changed by hand on a host, and its agent put back: told in the story once, by whoever leads when it is
// first heard of.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { NewEvent } from "../../crd-like-specs/resources/event.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";

/** By host: when the last one was that is told or was there before; a leader tells nothing of what was before its time. */
export type ReportedDrift = Map<NodeId, string>;

/** What is new in the statuses; `told` is brought up to date. The first look tells nothing. */
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
    for (const { unit, reason, what, at } of drift)
      if (at > before)
        events.push({
          topic: "units",
          severity: "warning",
          reason: "DriftReverted",
          subject: `${id}/${unit}/${reason}`,
          text: `${unit} was changed by hand on ${name}: ${what}`,
          node: name,
        });
  }
  return events;
}
