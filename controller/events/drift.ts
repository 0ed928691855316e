// What somebody changed by hand on a host, and its agent put back: told in the story once, by whoever leads when it is
// first heard of.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { News } from "../../crd-like-specs/resources/event.ts";
import type { NodeId } from "../../crd-like-specs/resources/ids.ts";

/** By host: when the last one was that is told or was there before; a leader tells nothing of what was before its time. */
export type DriftTold = Map<NodeId, string>;

/** What is new in the statuses; `told` is brought up to date. The first look tells nothing. */
export function driftNews(told: DriftTold, { statuses }: Pick<ClusterKeys, "statuses">, first: boolean): News[] {
  const news: News[] = [];
  for (const { id, name, drift = [] } of statuses.values()) {
    const before = told.get(id) ?? "";
    const last = drift.at(-1)?.at;
    if (last === undefined || last <= before) continue;
    told.set(id, last);
    if (first) continue;
    for (const { unit, reason, what, at } of drift)
      if (at > before)
        news.push({
          about: "units",
          level: "warning",
          reason: "DriftReverted",
          subject: `${id}/${unit}/${reason}`,
          text: `${unit} was changed by hand on ${name}: ${what}`,
          node: name,
        });
  }
  return news;
}
