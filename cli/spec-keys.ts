// The spec as it stands in etcd: what people have put.
import type { Keyspace } from "../crd-like-specs/keys.ts";
import type { SpecEntry } from "../crd-like-specs/spec/spec.ts";
import type { KeyValue } from "../drivers/etcd/port.ts";

export function specEntries(kvs: readonly KeyValue[], keys: Keyspace): SpecEntry[] {
  return kvs
    .filter(({ key }) => key.startsWith(keys.spec.root))
    .map(({ key, value, modRevision }) => ({ path: key.slice(keys.spec.root.length), value, revision: modRevision }));
}
