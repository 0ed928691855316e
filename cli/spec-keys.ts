// The spec as it stands in etcd: what people have put, and what the controller says was in force before.
import type { Keyspace } from "../crd-like-specs/keys.ts";
import { parseResource } from "../crd-like-specs/parse-resource.ts";
import type { SpecEntry } from "../crd-like-specs/spec/spec.ts";
import type { KeyValue } from "../drivers/etcd/port.ts";

export function specEntries(kvs: readonly KeyValue[], keys: Keyspace): SpecEntry[] {
  return kvs
    .filter(({ key }) => key.startsWith(keys.spec.root))
    .map(({ key, value, modRevision }) => ({ path: key.slice(keys.spec.root.length), value, revision: modRevision }));
}

/** For readSpec: a refused value falls back on what its status says. */
export function inForceBefore(kvs: readonly KeyValue[], keys: Keyspace): Map<string, string> {
  const before = new Map<string, string>();
  for (const { key, value } of kvs) {
    if (!key.startsWith(keys.specStatus.root)) continue;
    const status = parseResource("SpecStatus", key, value);
    if (status.ok) before.set(key.slice(keys.specStatus.root.length), status.value.inForce);
  }
  return before;
}
