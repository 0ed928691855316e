// The writes that publish a round: none if nothing changed, so that an idle cluster stays idle.
import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { ClusterStatus } from "../../crd-like-specs/resources/cluster-status.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { same } from "../../crd-like-specs/resources/same.ts";
import type { SpecStatus } from "../../crd-like-specs/resources/spec-status.ts";
import type { SpecReading } from "../../crd-like-specs/settings/spec.ts";
import type { Write } from "../../drivers/etcd/port.ts";

/** The write that brings `status/cluster` up to date; none if it is already. */
export function clusterStatusWrites(keys: Keyspace, known: ClusterKeys, report: ClusterStatus | undefined): Write[] {
  if (!report || same(report, known.cluster)) return [];
  return [{ put: keys.clusterStatus, value: JSON.stringify(report) }];
}

/**
 * The writes that bring `status/spec/…` up to date: for each path the effective text, so that the next leader knows
 * the last valid one, and next to it the rejected value and the reason. `now`: milliseconds since 1970.
 */
export function specStatusWrites(keys: Keyspace, known: ClusterKeys, reading: SpecReading, now: number): Write[] {
  const wanted = new Map<string, SpecStatus>();
  for (const [path, { text }] of reading.effective) wanted.set(path, { effective: text });
  for (const entry of reading.rejected) {
    const before = known.specStatus.get(entry.path)?.rejected;
    const at = before?.modRevision === entry.modRevision ? before.at : new Date(now).toISOString();
    wanted.set(entry.path, {
      effective: entry.effective?.text ?? "",
      rejected: {
        value: entry.value,
        modRevision: entry.modRevision,
        at,
        reason: entry.error.message,
        expected: entry.error.expected,
        ...(entry.error.line === undefined ? {} : { line: entry.error.line }),
        ...(entry.error.column === undefined ? {} : { column: entry.error.column }),
        ...(entry.unknown === undefined ? {} : { unknown: [...entry.unknown] }),
      },
    });
  }
  const stale = [...known.specStatus.keys()].filter(path => !wanted.has(path));
  return [
    ...stale.map(path => ({ delete: keys.specStatus.of(path) })),
    ...[...wanted]
      .filter(([path, status]) => !same(status, known.specStatus.get(path)))
      .map(([path, status]) => ({ put: keys.specStatus.of(path), value: JSON.stringify(status) })),
  ];
}
