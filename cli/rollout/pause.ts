// `swarmkeeper rollout pause` and `resume`: whether further hosts are changed. Resuming one that has halted is one
// command too: it is the operator's word to try again.

import { someOf } from "../../crd-like-specs/lists.ts";
import { type ClusterKeys, readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import type { Keyspace } from "../../crd-like-specs/resources/keys.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { specChanges } from "../cluster/changes.ts";
import { type EtcdOptions, withEtcd } from "../cluster/etcd.ts";
import { WRITE_PATIENCE_MS, writeSpec } from "../cluster/write.ts";
import { type CliCommand, etcdOptions, exitWith } from "../command.ts";
import { printLines } from "../terminal/print.ts";

const PAUSED = "rollout/paused";
const RETRY = "rollout/retry";

export async function rolloutPause(options: EtcdOptions): Promise<number> {
  printLines(await withEtcd(options, pause, WRITE_PATIENCE_MS));
  return 0;
}

export async function rolloutResume(options: EtcdOptions): Promise<number> {
  const now = new Date().toISOString();
  printLines(await withEtcd(options, (etcd, keys) => resume(etcd, keys, now), WRITE_PATIENCE_MS));
  return 0;
}

/** The lines that say what was done. CliError where somebody else put the key at this moment. */
export async function pause(etcd: Etcd, keys: Keyspace): Promise<string[]> {
  const known = await observe(etcd, keys);
  const changed = await put(etcd, keys, known, new Map([[PAUSED, "true"]]));
  const watched = (known.rollout?.inFlight ?? []).map(({ name }) => name);
  return [
    changed ? "Paused: no further host is changed." : "Paused already: no further host is changed.",
    ...(watched.length === 0 ? [] : [`Still watched: ${someOf(watched)}`]),
    ...(changed ? ["Go on with: swarmkeeper rollout resume"] : []),
  ];
}

/** As `pause`; `retry` is a word that `spec/rollout/retry` has never said. */
export async function resume(etcd: Etcd, keys: Keyspace, retry: string): Promise<string[]> {
  const known = await observe(etcd, keys);
  const { spec } = effectiveSpec(known);
  const { rollout } = known;
  const halted = rollout?.halted !== undefined;
  // Asked for a second time before the controller has seen the first: once is enough.
  const askedAlready = halted && rollout.retry !== spec.rollout.retry;
  const hasKey = known.spec.some(({ path }) => path === PAUSED);
  await put(
    etcd,
    keys,
    known,
    new Map([
      ...(spec.rollout.paused || hasKey ? ([[PAUSED, "false"]] as const) : []),
      ...(halted && !askedAlready ? ([[RETRY, retry]] as const) : []),
    ]),
  );
  const did = [
    ...(spec.rollout.paused ? ["Resumed: hosts are changed again."] : []),
    ...(halted && !askedAlready ? [`Tried again: revision ${rollout.target}, which halted: ${rollout.halted}`] : []),
    ...(askedAlready ? ["Asked to try again already: the controller takes that up."] : []),
  ];
  return [
    ...(did.length === 0 ? ["Nothing to resume: the rollout is neither paused nor halted."] : did),
    ...(spec.paused ? ["But spec/paused is true: nothing at all is changed until that is false."] : []),
    ...(known.leader === undefined ? ["But no controller leads: nothing goes on until one does."] : []),
  ];
}

async function observe(etcd: Etcd, keys: Keyspace): Promise<ClusterKeys> {
  return readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs);
}

/** Whether anything had to be written for these paths to say so. */
async function put(
  etcd: Etcd,
  keys: Keyspace,
  known: ClusterKeys,
  wanted: ReadonlyMap<string, string>,
): Promise<boolean> {
  const changes = specChanges(
    known.spec.filter(({ path }) => wanted.has(path)),
    wanted,
  );
  await writeSpec(etcd, keys, changes);
  return changes.length > 0;
}

export const pauseCommand: CliCommand = {
  define: command => etcdOptions(command).action(exitWith(rolloutPause)),
};

export const resumeCommand: CliCommand = {
  define: command => etcdOptions(command).action(exitWith(rolloutResume)),
};
