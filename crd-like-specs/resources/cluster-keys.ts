// Reads everything under the prefix into resources, in one pass. A value that does not parse becomes an error and
// counts as absent, so that one invalid value does not hide the whole cluster.

import type { SpecEntry } from "../settings/spec.ts";
import type { LocatedError, Parsed } from "../validation.ts";
import type { Assignment } from "./assignment.ts";
import type { ClusterStatus } from "./cluster-status.ts";
import type { NodeId } from "./ids.ts";
import type { Keyspace } from "./keys.ts";
import type { LeaderRecord } from "./leader-record.ts";
import type { BlockedManagers, Operation, Remediation, SwarmRecord } from "./membership.ts";
import type { NodeStatus } from "./node-status.ts";
import { parseResource, type ResourceKind, type Resources } from "./parse-resource.ts";
import type { Registration } from "./registration.ts";
import type { Revision, Rollout } from "./rollout.ts";
import type { SpecStatus } from "./spec-status.ts";
import type { VaultService } from "./vault.ts";

export interface StoredKey {
  readonly key: string;
  readonly value: string;
  readonly modRevision: number;
}

export interface ClusterKeys {
  /** As the operator wrote them, not parsed. */
  readonly spec: readonly SpecEntry[];
  /** By spec path. */
  readonly specStatus: ReadonlyMap<string, SpecStatus>;
  readonly registrations: ReadonlyMap<NodeId, Registration>;
  readonly statuses: ReadonlyMap<NodeId, NodeStatus>;
  readonly assignments: ReadonlyMap<NodeId, Assignment>;
  /** The status that was published last. */
  readonly cluster: ClusterStatus | undefined;
  readonly operation: Operation | undefined;
  readonly remediation: Remediation | undefined;
  readonly blocked: BlockedManagers | undefined;
  readonly rollout: Rollout | undefined;
  /** By number. */
  readonly revisions: ReadonlyMap<number, Revision>;
  /** Unsealed servers, by `ADDRESS:PORT`. */
  readonly vaultServices: ReadonlyMap<string, VaultService>;
  readonly leader: LeaderRecord | undefined;
  readonly swarmRecord: SwarmRecord | undefined;
  readonly workerToken: string | undefined;
  /** The holder of the bootstrap lock, as the holder wrote it. */
  readonly lock: string | undefined;
  /** Values that are not valid for their key. */
  readonly errors: readonly LocatedError[];
}

/** Reads all keys of one cluster. Every round begins with it. Never throws. */
export function readClusterKeys(keys: Keyspace, kvs: Iterable<StoredKey>): ClusterKeys {
  const errors: LocatedError[] = [];
  const read = <Kind extends ResourceKind>(kind: Kind, kv: StoredKey): Resources[Kind] | undefined => {
    const result = readOnce(kind, kv.key.slice(keys.root.length), kv);
    if (!result.ok) errors.push(result.error);
    return result.ok ? result.value : undefined;
  };
  const under = <Kind extends ResourceKind, Name extends string | number>(
    kind: Kind,
    root: string,
    nameIn: (key: string) => Name | undefined,
  ) => {
    const found = new Map<Name, Resources[Kind]>();
    const add = (kv: StoredKey) => {
      const name = nameIn(kv.key);
      const resource = name === undefined ? undefined : read(kind, kv);
      if (name !== undefined && resource !== undefined) found.set(name, resource);
    };
    return { root, found, add };
  };
  const pathIn = (root: string) => (key: string) => key.slice(root.length);

  const registrations = under("Registration", keys.nodes.root, keys.nodes.idIn);
  const statuses = under("NodeStatus", keys.nodeStatus.root, keys.nodeStatus.idIn);
  const assignments = under("Assignment", keys.assignments.root, keys.assignments.idIn);
  const specStatus = under("SpecStatus", keys.specStatus.root, pathIn(keys.specStatus.root));
  const revisions = under("Revision", keys.revisions.root, keys.revisions.numberIn);
  const vaultServices = under("VaultService", keys.vaultServices.root, pathIn(keys.vaultServices.root));
  const collections = [registrations, statuses, assignments, specStatus, revisions, vaultServices];
  const others = new Map<string, StoredKey>();
  for (const kv of kvs) {
    const collection = collections.find(({ root }) => kv.key.startsWith(root));
    if (collection) collection.add(kv);
    else others.set(kv.key, kv);
  }
  const one = <Kind extends ResourceKind>(kind: Kind, key: string): Resources[Kind] | undefined => {
    const kv = others.get(key);
    return kv && read(kind, kv);
  };
  return {
    spec: specEntries(keys, others.values()),
    specStatus: specStatus.found,
    registrations: registrations.found,
    statuses: statuses.found,
    assignments: assignments.found,
    cluster: one("ClusterStatus", keys.clusterStatus),
    operation: one("Operation", keys.operation),
    remediation: one("Remediation", keys.remediation),
    blocked: one("BlockedManagers", keys.blocked),
    rollout: one("Rollout", keys.rollout),
    revisions: revisions.found,
    vaultServices: vaultServices.found,
    leader: one("LeaderRecord", keys.leader),
    swarmRecord: one("SwarmRecord", keys.swarm),
    workerToken: others.get(keys.workerToken)?.value,
    lock: lockHolder(others.get(keys.bootstrapLock)?.value),
    errors,
  };
}

/** Reads only the keys of the spec and its status. Never throws. */
export function readSpecKeys(keys: Keyspace, kvs: Iterable<StoredKey>): Pick<ClusterKeys, "spec" | "specStatus"> {
  const all = [...kvs];
  const specStatus = new Map<string, SpecStatus>();
  for (const kv of all.filter(({ key }) => key.startsWith(keys.specStatus.root))) {
    const status = readOnce("SpecStatus", kv.key.slice(keys.root.length), kv);
    if (status.ok) specStatus.set(kv.key.slice(keys.specStatus.root.length), status.value);
  }
  return { spec: specEntries(keys, all), specStatus };
}

/** The entries of the spec. The same stored value gives the same entry each time. */
export function specEntries(keys: Keyspace, kvs: Iterable<StoredKey>): SpecEntry[] {
  return [...kvs].filter(({ key }) => key.startsWith(keys.spec.root)).map(kv => entryOf(keys, kv));
}

/** The parsed setting is cached by entry, so an entry lives as long as the stored value. */
const entries = new WeakMap<StoredKey, SpecEntry>();

function entryOf(keys: Keyspace, kv: StoredKey): SpecEntry {
  const { key, value, modRevision } = kv;
  const entry = entries.get(kv) ?? { path: key.slice(keys.spec.root.length), value, modRevision };
  entries.set(kv, entry);
  return entry;
}

/** The result for a stored value, which every round reads again until another value replaces it. */
const known = new WeakMap<StoredKey, { kind: ResourceKind; result: Parsed<unknown, LocatedError> }>();

function readOnce<Kind extends ResourceKind>(
  kind: Kind,
  path: string,
  kv: StoredKey,
): Parsed<Resources[Kind], LocatedError> {
  const before = known.get(kv);
  if (before?.kind === kind) return before.result as Parsed<Resources[Kind], LocatedError>;
  const result = parseResource(kind, path, kv.value);
  known.set(kv, { kind, result });
  return result;
}

/** The holder writes the value of the lock: a name, or an object with a name. */
function lockHolder(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const holder: unknown = JSON.parse(value);
    if (typeof holder === "object" && holder !== null && "name" in holder) return String(holder.name);
  } catch {
    // Not JSON: the text is the name.
  }
  return value;
}
