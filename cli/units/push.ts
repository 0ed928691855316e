// `swarmkeeper units push FOLDER`: writes a folder of unit files into the spec, in one transaction.

import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { ROLES } from "../../crd-like-specs/resources/role.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import { type Setting, textsOf } from "../../crd-like-specs/settings/setting.ts";
import { specWith } from "../../crd-like-specs/settings/spec.ts";
import { FILES } from "../../crd-like-specs/settings/table.ts";
import { wantedBy } from "../../crd-like-specs/units/unit-set.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import type { SpecChange } from "../cluster/changes.ts";
import { type EtcdOptions, withEtcd } from "../cluster/etcd.ts";
import { unitChanges, unitEntries } from "../cluster/unit-changes.ts";
import { WRITE_PATIENCE_MS, writeSpec } from "../cluster/write.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { whatFollows } from "../rollout/what-follows.ts";
import { changesText } from "../terminal/change-text.ts";
import { paintFor } from "../terminal/paint.ts";
import { printLines } from "../terminal/print.ts";
import { readUnitFolder } from "./folder.ts";

export interface PushOptions extends EtcdOptions {
  readonly dryRun: boolean;
  /** Delete unit files from the spec that the folder does not have. */
  readonly prune: boolean;
}

export async function unitsPush(folder: string, options: PushOptions): Promise<number> {
  const wanted = await readUnitFolder(folder);
  const { clusterKeys, changes, notes } = await withEtcd(
    options,
    (etcd, keys) => push(etcd, keys, wanted, options),
    WRITE_PATIENCE_MS,
  );
  printLines([
    ...changesText(changes, options.dryRun, paintFor(process.stdout, process.env)),
    ...(options.dryRun ? [] : whatFollows(clusterKeys, changes)),
  ]);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  return 0;
}

export interface PushResult {
  /** The keys before the change. */
  readonly clusterKeys: ClusterKeys;
  readonly changes: readonly SpecChange[];
  /** Effects that may be unintended, one sentence each. */
  readonly notes: readonly string[];
}

/** `wanted`: settings by spec path. CliError if nothing was written. */
export async function push(
  etcd: Etcd,
  keys: Keyspace,
  wanted: ReadonlyMap<string, Setting>,
  { prune, dryRun }: { prune: boolean; dryRun: boolean },
): Promise<PushResult> {
  const clusterKeys = readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs);
  const changes = unitChanges(clusterKeys.spec, textsOf(wanted), () => prune);
  const read = unitEntries(clusterKeys.spec).filter(({ path }) => prune || wanted.has(path));
  if (!dryRun) await writeSpec(etcd, keys, changes, read);
  return { clusterKeys, changes, notes: notesOn(clusterKeys, wanted, changes) };
}

function notesOn(
  clusterKeys: ClusterKeys,
  wanted: ReadonlyMap<string, Setting>,
  changes: readonly SpecChange[],
): readonly string[] {
  const spec = specWith(effectiveSpec(clusterKeys), wanted);
  const needed = wantedBy(spec);
  const listed = new Set(ROLES.flatMap(role => spec.units[role]));
  const pushed = [...wanted.values()].flatMap(setting => (setting.kind === "file" ? setting.name : []));
  const unlisted = pushed.filter(name => needed.files[name] === undefined);
  const pruned = changes
    .filter(({ path, to }) => to === undefined && path.startsWith(FILES))
    .map(({ path }) => path.slice(FILES.length))
    .filter(name => listed.has(name));
  return [
    ...unlisted.map(name => `${name} is in no list: no node gets it until manager.list or worker.list names it`),
    ...pruned.map(name => `${name} is still in a list: nodes must have their own unit of that name`),
  ];
}

export const command: CliCommand = {
  define: command =>
    etcdOptions(command)
      .argument("<folder>", "unit files, with the units of each role in start order in manager.list and worker.list")
      .option("--dry-run", "print the changes without writing them", false)
      .option("--prune", "delete unit files from the spec that the folder does not have", false)
      .action(exitWith(unitsPush)),
};
