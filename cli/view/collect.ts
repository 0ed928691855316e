// Everything under the prefix, read in one listing, sorted into resources. What does not parse becomes a problem
// beside the rest: one foreign value must not hide the whole cluster.
import type { Keyspace } from "../../crd-like-specs/keys.ts";
import { parseResource, type ResourceKind, type Resources } from "../../crd-like-specs/parse-resource.ts";
import type { Problem } from "../../crd-like-specs/problem.ts";
import type {
  Assignment,
  ClusterStatus,
  LeaderRecord,
  NodeStatus,
  Operation,
  Registration,
  SpecStatus,
  SwarmRecord,
} from "../../crd-like-specs/resources.ts";

export interface Collected {
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly assignments: ReadonlyMap<string, Assignment>;
  readonly statuses: ReadonlyMap<string, NodeStatus>;
  /** By spec path; only those with a refused value. */
  readonly refused: ReadonlyMap<string, SpecStatus>;
  readonly cluster: ClusterStatus | undefined;
  readonly operation: Operation | undefined;
  readonly leader: LeaderRecord | undefined;
  readonly swarm: SwarmRecord | undefined;
  /** Who holds the bootstrap lock, in the holder's own words. */
  readonly lock: string | undefined;
  /** Values that are not what belongs at their key. */
  readonly problems: readonly Problem[];
}

/** Sorts the keys of one cluster; keys that no view needs (spec, events, tokens) are passed over. */
export function collect(kvs: readonly { key: string; value: string }[], keys: Keyspace): Collected {
  const problems: Problem[] = [];
  const parse = <Kind extends ResourceKind>(kind: Kind, key: string, value: string) => {
    const result = parseResource(kind, key.slice(keys.root.length), value);
    if (result.ok) return result.value;
    problems.push(result.problem);
    return undefined;
  };
  const one = <Kind extends ResourceKind>(kind: Kind, key: string) => {
    const kv = kvs.find(candidate => candidate.key === key);
    return kv === undefined ? undefined : parse(kind, key, kv.value);
  };
  const all = <Kind extends ResourceKind>(kind: Kind, root: string) => {
    const found = new Map<string, Resources[Kind]>();
    for (const { key, value } of kvs) {
      const resource = key.startsWith(root) ? parse(kind, key, value) : undefined;
      if (resource !== undefined) found.set(key.slice(root.length), resource);
    }
    return found;
  };
  const specs = all("SpecStatus", keys.specStatus.root);
  return {
    registrations: all("Registration", keys.nodes.root),
    assignments: all("Assignment", keys.assignments.root),
    statuses: all("NodeStatus", keys.nodeStatus.root),
    refused: new Map([...specs].filter(([, status]) => status.refused !== undefined)),
    cluster: one("ClusterStatus", keys.clusterStatus),
    operation: one("Operation", keys.operation),
    leader: one("LeaderRecord", keys.leader),
    swarm: one("SwarmRecord", keys.swarm),
    lock: lockHolder(kvs.find(({ key }) => key === keys.bootstrapLock)?.value),
    problems,
  };
}

/** The lock's value is its holder's: a name, or an object that has one. */
function lockHolder(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    const holder: unknown = JSON.parse(value);
    if (typeof holder === "object" && holder !== null && "name" in holder) return String(holder.name);
  } catch {
    // Not an object: the text itself says who it is.
  }
  return value;
}
