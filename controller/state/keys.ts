// From the keys under the prefix to typed resources. A value that cannot be read counts as absent and is named.
import type { NodeId } from "../../crd-like-specs/ids.ts";
import type { Keyspace } from "../../crd-like-specs/keys.ts";
import { parseResource, type ResourceKind } from "../../crd-like-specs/parse-resource.ts";
import { explain } from "../../crd-like-specs/problem.ts";
import type {
  Assignment,
  ClusterStatus,
  NodeStatus,
  Operation,
  Registration,
  SpecStatus,
  SwarmRecord,
} from "../../crd-like-specs/resources.ts";
import type { SpecEntry } from "../../crd-like-specs/spec/spec.ts";
import type { KeyValue } from "../../drivers/etcd/port.ts";

export interface ClusterKeys {
  readonly spec: readonly SpecEntry[];
  readonly specStatus: ReadonlyMap<string, SpecStatus>;
  readonly registrations: ReadonlyMap<NodeId, Registration>;
  readonly statuses: ReadonlyMap<NodeId, NodeStatus>;
  readonly assignments: ReadonlyMap<NodeId, Assignment>;
  readonly operation: Operation | undefined;
  readonly swarmRecord: SwarmRecord | undefined;
  readonly workerToken: string | undefined;
  readonly clusterStatus: ClusterStatus | undefined;
  /** Values that could not be read, in words. */
  readonly unreadable: readonly string[];
}

export function readKeys(keys: Keyspace, kvs: ReadonlyMap<string, KeyValue>): ClusterKeys {
  const unreadable: string[] = [];
  const read = <Kind extends ResourceKind>(kind: Kind, kv: KeyValue | undefined) => {
    if (!kv) return undefined;
    const result = parseResource(kind, kv.key, kv.value);
    if (result.ok) return result.value;
    unreadable.push(explain(result.problem));
    return undefined;
  };
  const folder = <Kind extends "Registration" | "NodeStatus" | "Assignment">(
    kind: Kind,
    { idIn }: { idIn: (key: string) => NodeId | undefined },
  ) => {
    const found = new Map<NodeId, NonNullable<ReturnType<typeof read<Kind>>>>();
    for (const kv of kvs.values()) {
      const id = idIn(kv.key);
      const value = id === undefined ? undefined : read(kind, kv);
      if (id !== undefined && value !== undefined) found.set(id, value);
    }
    return found;
  };
  const spec: SpecEntry[] = [];
  const specStatus = new Map<string, SpecStatus>();
  for (const kv of kvs.values()) {
    if (kv.key.startsWith(keys.spec.root))
      spec.push({ path: kv.key.slice(keys.spec.root.length), value: kv.value, revision: kv.modRevision });
    if (!kv.key.startsWith(keys.specStatus.root)) continue;
    const status = read("SpecStatus", kv);
    if (status) specStatus.set(kv.key.slice(keys.specStatus.root.length), status);
  }
  return {
    spec,
    specStatus,
    registrations: folder("Registration", keys.nodes),
    statuses: folder("NodeStatus", keys.nodeStatus),
    assignments: folder("Assignment", keys.assignments),
    operation: read("Operation", kvs.get(keys.operation)),
    swarmRecord: read("SwarmRecord", kvs.get(keys.swarm)),
    workerToken: kvs.get(keys.workerToken)?.value,
    clusterStatus: read("ClusterStatus", kvs.get(keys.clusterStatus)),
    unreadable,
  };
}
