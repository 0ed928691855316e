// `swarmkeeper rollout undo [--to N]`: lets the spec say again what it said at an earlier revision. The controller then
// rolls that out like any other change.

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
    ...(options.dryRun ? [] : whatFollows(done.known, done.changes)),
  ]);
  return 0;
}

export interface Undone {
  readonly revision: Revision;
  readonly changes: readonly SpecChange[];
  /** As it was before. */
  readonly known: ClusterKeys;
}

/** CliError where there is no such revision, nothing to go back to, or a text that is gone: then nothing is written. */
export async function undo(etcd: Etcd, keys: Keyspace, to: number | undefined, dryRun: boolean): Promise<Undone> {
  const known = readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs);
  const { spec } = effectiveSpec(known);
  const present = wantedBy(spec);
  const revision = to === undefined ? revisionBefore(known, present) : known.revisions.get(to);
  if (revision === undefined) throw new CliError(unknownRevision(to ?? 0, known.revisions), 1);
  const wanted = new Map([
    ["units/manager", FIELDS["units/manager"].render(revision.units.manager)],
    ["units/worker", FIELDS["units/worker"].render(revision.units.worker)],
    ...(await texts(etcd, keys, spec.units.files, revision)),
  ]);
  // A text that neither needs is nobody's yet, and stays.
  const changes = unitChanges(known.spec, wanted, file => present.files[file] !== undefined);
  if (!dryRun) await writeSpec(etcd, keys, changes, unitEntries(known.spec));
  return { revision, changes, known };
}

/** The last good one, unless the spec says that already: then the newest before it that says something else. */
function revisionBefore({ rollout, revisions }: ClusterKeys, now: Wanted): Revision {
  const newestFirst = [...revisions.values()].sort((a, b) => b.number - a.number);
  const asked = revisions.get(rollout?.revision ?? 0);
  const present =
    asked && isSameForNodes(asked, now) ? asked : newestFirst.find(revision => isSameForNodes(revision, now));
  const lastGoodRevision = revisions.get(rollout?.lastGoodRevision ?? 0);
  if (lastGoodRevision && lastGoodRevision.number !== present?.number) return lastGoodRevision;
  const earlier = newestFirst.find(
    revision => revision.number < (present?.number ?? Number.POSITIVE_INFINITY) && !isSameForNodes(revision, now),
  );
  if (earlier) return earlier;
  const hint = present === undefined ? "no revision is kept" : `none before revision ${present.number} is kept`;
  throw new CliError(`nothing to undo: ${hint}; \`swarmkeeper rollout history\` shows what there is`, 1);
}

/** By spec path: what the spec says itself, where that is the same text, else what etcd keeps beside the cluster. */
async function texts(
  etcd: Etcd,
  keys: Keyspace,
  present: UnitFiles,
  { number, files }: Revision,
): Promise<[path: string, text: string][]> {
  const missing: string[] = [];
  const found: [string, string][] = [];
  for (const [name, hash] of Object.entries(files)) {
    const here = present[name];
    const text = here?.hash === hash ? here.text : await storedText(etcd, keys, hash);
    if (text !== undefined) found.push([FILES + name, text]);
    else missing.push(`the text ${shortHash(hash)} of ${name} is gone from ${keys.unitTexts.of(hash)}`);
  }
  if (missing.length === 0) return found;
  const hint = `nothing was written: go to another revision than ${number}, or put the files yourself: swarmkeeper units push FOLDER`;
  throw new CliError([...missing, hint].join("\n"), 1);
}

/** Undefined also for what lies under a hash that is not its own: it was put there by hand, and no host would start it. */
async function storedText(etcd: Etcd, keys: Keyspace, hash: string): Promise<string | undefined> {
  const text = (await etcd.kv.get(keys.unitTexts.of(hash)))?.value;
  return text !== undefined && hashOf(text) === hash ? text : undefined;
}

export const command: CliCommand = {
  define: command =>
    etcdOptions(command)
      .option("--to <revision>", "which one (else the last good one, or where that is in force the one before it)")
      .option("--dry-run", "print what would change, and change nothing", false)
      .action(exitWith(rolloutUndo)),
};
