// Writes what the plan reported, and nothing where nothing changed: idle means idle.

import type { ClusterKeys } from "../../crd-like-specs/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/keys.ts";
import type { ClusterStatus, SpecStatus } from "../../crd-like-specs/resources.ts";
import { same } from "../../crd-like-specs/same.ts";
import type { SpecReading } from "../../crd-like-specs/spec/spec.ts";
import { explain } from "../../crd-like-specs/validation.ts";
import type { Write } from "../../drivers/etcd/port.ts";

/** The writes that bring `status/cluster` up to date; times of a wait that goes on are kept. */
export function clusterStatusWrites(keys: Keyspace, known: ClusterKeys, report: ClusterStatus | undefined): Write[] {
  if (!report || same(report, known.cluster)) return [];
  return [{ put: keys.clusterStatus, value: JSON.stringify(report) }];
}

/**
 * The writes that bring `status/spec/…` up to date: for each path that is set the text in force, so that the next
 * leader knows the last good one, and beside it what was refused and why.
 */
export function specStatusWrites(keys: Keyspace, known: ClusterKeys, reading: SpecReading, now: number): Write[] {
  const wanted = new Map<string, SpecStatus>();
  for (const [path, { text }] of reading.inForce) wanted.set(path, { inForce: text });
  for (const entry of reading.refused) {
    const before = known.specStatus.get(entry.path)?.refused;
    const at = before?.revision === entry.modRevision ? before.at : new Date(now).toISOString();
    wanted.set(entry.path, {
      inForce: entry.inForce?.text ?? "",
      refused: {
        value: entry.value,
        revision: entry.modRevision,
        at,
        reason: entry.problem.message,
        expected: entry.problem.expected,
        ...(entry.problem.line === undefined ? {} : { line: entry.problem.line }),
        ...(entry.problem.column === undefined ? {} : { column: entry.problem.column }),
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

/** The refusals that this round publishes for the first time, one line each, for the log. */
export function newRefusals(known: ClusterKeys, reading: SpecReading): { path: string; value: string; text: string }[] {
  return reading.refused
    .filter(entry => known.specStatus.get(entry.path)?.refused?.revision !== entry.modRevision)
    .map(({ path, value, problem, inForce }) => ({
      path,
      value,
      text: `refused ${JSON.stringify(value.trim().slice(0, 60))} at ${explain(problem)}; ${effective(inForce?.text ?? "")}`,
    }));
}

const effective = (text: string): string => (text === "" ? "nothing is in force" : `${text} stays in force`);
