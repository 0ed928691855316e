// `swarmkeeper rollout pause` and `resume`: whether further nodes are changed. `resume` also continues a halted rollout,
// because it is the operator's request to try again.

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

/** Pauses rollouts. Returns the lines to print. CliError if the key changed at the same moment. */
export async function pause(etcd: Etcd, keys: Keyspace): Promise<string[]> {
  const clusterKeys = await read(etcd, keys);
  const changed = await putSpec(etcd, keys, clusterKeys, new Map([[PAUSED, "true"]]));
  const watched = (clusterKeys.rollout?.inFlight ?? []).map(({ name }) => name);
  return [
    changed ? "Paused: no further node is changed." : "Paused already: no further node is changed.",
    ...(watched.length === 0 ? [] : [`Still watched: ${someOf(watched)}`]),
    ...(changed ? ["Resume with: swarmkeeper rollout resume"] : []),
  ];
}

/** As `pause`. `retry`: a value that `spec/rollout/retry` has never had. */
export async function resume(etcd: Etcd, keys: Keyspace, retry: string): Promise<string[]> {
  const clusterKeys = await read(etcd, keys);
  const { spec } = effectiveSpec(clusterKeys);
  const { rollout } = clusterKeys;
  const halted = rollout?.halted !== undefined;
  // A second request, before the controller has seen the first, writes nothing.
  const isRequested = halted && rollout.retry !== spec.rollout.retry;
  const hasKey = clusterKeys.spec.some(({ path }) => path === PAUSED);
  await putSpec(
    etcd,
    keys,
    clusterKeys,
    new Map([
      ...(spec.rollout.paused || hasKey ? ([[PAUSED, "false"]] as const) : []),
      ...(halted && !isRequested ? ([[RETRY, retry]] as const) : []),
    ]),
  );
  const done = [
    ...(spec.rollout.paused ? ["Resumed: nodes are changed again."] : []),
    ...(halted && !isRequested ? [`Retrying revision ${rollout.target}, which halted: ${rollout.halted}`] : []),
    ...(isRequested ? ["The retry is requested already: the controller starts it."] : []),
  ];
  return [
    ...(done.length === 0 ? ["Nothing to resume: the rollout is neither paused nor halted."] : done),
    ...(spec.paused ? ["But spec/paused is true: nothing changes until it is false."] : []),
    ...(clusterKeys.leader === undefined ? ["But no controller leads: nothing changes until one does."] : []),
  ];
}

async function read(etcd: Etcd, keys: Keyspace): Promise<ClusterKeys> {
  return readClusterKeys(keys, (await etcd.kv.list(keys.root)).kvs);
}

/** Sets these paths. Returns whether a key was written: false if all had these values already. */
async function putSpec(
  etcd: Etcd,
  keys: Keyspace,
  clusterKeys: ClusterKeys,
  wanted: ReadonlyMap<string, string>,
): Promise<boolean> {
  const changes = specChanges(
    clusterKeys.spec.filter(({ path }) => wanted.has(path)),
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
