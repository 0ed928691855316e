// `swarmkeeper rollout undo [--to N]`: writes an earlier revision of the units into the spec. The controller rolls it out
// like any other change.

import type { ClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import type { Revision } from "../../crd-like-specs/resources/rollout.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { FIELDS, FILES } from "../../crd-like-specs/settings/table.ts";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import type { UnitFiles } from "../../crd-like-specs/units/unit-file.ts";
import { isSameForNodes, type Wanted, wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import type { SpecChange } from "../cluster/changes.ts";
import { type EtcdOptions, withEtcd } from "../cluster/etcd.ts";
import { unitChanges, unitEntries } from "../cluster/unit-changes.ts";
import { shortHash } from "../cluster/unit-set.ts";
import { WRITE_PATIENCE_MS, writeSpec } from "../cluster/write.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { changesText } from "../terminal/change-text.ts";
import { CliError } from "../terminal/error.ts";
import { paintFor } from "../terminal/paint.ts";
import { printLines } from "../terminal/print.ts";
import { revisionNumber, unknownRevision } from "./revision-number.ts";
import { whatFollows } from "./what-follows.ts";

export interface UndoOptions extends EtcdOptions {
  readonly to?: string;
  readonly dryRun: boolean;
}

export async function rolloutUndo(options: UndoOptions): Promise<number> {
  const to = options.to === undefined ? undefined : revisionNumber(options.to);
  const done = await withEtcd(options, (etcd, keys) => undo(etcd, keys, to, options.dryRun), WRITE_PATIENCE_MS);
  const paint = paintFor(process.stdout, process.env);
  printLines([
    `Back to revision ${done.revision.number}:`,
    ...changesText(done.changes, options.dryRun, paint),
    ...(options.dryRun ? [] : whatFollows(done.clusterKeys, done.changes)),
  ]);
  return 0;
}

export interface UndoResult {
  readonly revision: Revision;
  readonly changes: readonly SpecChange[];
  /** The keys before the change. */
  readonly clusterKeys: ClusterKeys;
}

/** CliError, without a write, if the revision is not stored, if there is none to return to, or if a text is missing. */
export async function undo(etcd: Etcd, keys: Keyspace, to: number | undefined, dryRun: boolean): Promise<UndoResult> {
  const clusterKeys = readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs);
  const { spec } = effectiveSpec(clusterKeys);
  const present = wantedBy(spec);
  const revision = to === undefined ? revisionBefore(clusterKeys, present) : clusterKeys.revisions.get(to);
  if (revision === undefined) throw new CliError(unknownRevision(to ?? 0, clusterKeys.revisions), 1);
  const wanted = new Map([
    ["units/manager", FIELDS["units/manager"].render(revision.units.manager)],
    ["units/worker", FIELDS["units/worker"].render(revision.units.worker)],
    ...(await texts(etcd, keys, spec.units.files, revision)),
  ]);
  // A unit file that neither the spec's lists nor the revision need stays.
  const changes = unitChanges(clusterKeys.spec, wanted, file => present.files[file] !== undefined);
  if (!dryRun) await writeSpec(etcd, keys, changes, unitEntries(clusterKeys.spec));
  return { revision, changes, clusterKeys };
}

/** The last good one; if the spec has that already, the newest earlier one that differs from the spec. */
function revisionBefore({ rollout, revisions }: ClusterKeys, now: Wanted): Revision {
  const newestFirst = [...revisions.values()].sort((a, b) => b.number - a.number);
  const wanted = revisions.get(rollout?.revision ?? 0);
  const present =
    wanted && isSameForNodes(wanted, now) ? wanted : newestFirst.find(revision => isSameForNodes(revision, now));
  const lastGoodRevision = revisions.get(rollout?.lastGoodRevision ?? 0);
  if (lastGoodRevision && lastGoodRevision.number !== present?.number) return lastGoodRevision;
  const earlier = newestFirst.find(
    revision => revision.number < (present?.number ?? Number.POSITIVE_INFINITY) && !isSameForNodes(revision, now),
  );
  if (earlier) return earlier;
  const hint = present === undefined ? "no revision is stored" : `no revision before ${present.number} is stored`;
  throw new CliError(`nothing to undo: ${hint}; \`swarmkeeper rollout history\` lists the stored ones`, 1);
}

/** By spec path: the spec's own text if it is the same, else the text that the controller stored. */
async function texts(
  etcd: Etcd,
  keys: Keyspace,
  present: UnitFiles,
  { number, files }: Revision,
): Promise<[path: string, text: string][]> {
  const missing: string[] = [];
  const found: [string, string][] = [];
  for (const [name, hash] of Object.entries(files)) {
    const current = present[name];
    const text = current?.hash === hash ? current.text : await storedText(etcd, keys, hash);
    if (text !== undefined) found.push([FILES + name, text]);
    else missing.push(`the text ${shortHash(hash)} of ${name} is missing at ${keys.unitTexts.of(hash)}`);
  }
  if (missing.length === 0) return found;
  const hint = `nothing was written: use another revision than ${number}, or push the files: swarmkeeper units push FOLDER`;
  throw new CliError([...missing, hint].join("\n"), 1);
}

/** Undefined also for a text with another hash than its key: it was put there manually, and no node would start it. */
async function storedText(etcd: Etcd, keys: Keyspace, hash: string): Promise<string | undefined> {
  const text = (await etcd.kv.get(keys.unitTexts.of(hash)))?.value;
  return text !== undefined && hashOf(text) === hash ? text : undefined;
}

export const command: CliCommand = {
  define: command =>
    etcdOptions(command)
      .option("--to <revision>", "the revision (default: the last good one, or the one before it if that is in effect)")
      .option("--dry-run", "print the changes without writing them", false)
      .action(exitWith(rolloutUndo)),
};
