import { describe, expect, it } from "vitest";
import { readClusterKeys } from "../../crd-like-specs/resources/cluster-keys.ts";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { effectiveSpec } from "../../crd-like-specs/settings/effective-spec.ts";
import type { Write } from "../../drivers/etcd/port.ts";
import { newRejections } from "../events/spec.ts";
import { specStatusWrites } from "./publish.ts";

const keys = keyspace();
const NOW = Date.UTC(2026, 0, 1);

/** A store for published statuses and for the keys of an operator. */
class Store {
  readonly kvs = new Map<string, { key: string; value: string; modRevision: number }>();
  revision = 0;

  put(key: string, value: string): void {
    this.revision += 1;
    this.kvs.set(key, { key, value, modRevision: this.revision });
  }

  /** Reads and publishes as one round does; returns the writes and the new rejections. */
  round(now = NOW): { writes: Write[]; rejections: string[] } {
    const known = readClusterKeys(keys, this.kvs.values());
    const reading = effectiveSpec(known);
    const writes = specStatusWrites(keys, known, reading, now);
    for (const write of writes) {
      if ("put" in write) this.put(write.put, write.value);
      if ("delete" in write) this.kvs.delete(write.delete);
    }
    return { writes, rejections: newRejections(known, reading).map(({ text }) => text) };
  }

  status = (path: string): unknown => JSON.parse(this.kvs.get(keys.specStatus.of(path))?.value ?? "null");
}

describe("status/spec", () => {
  it("keeps the effective value for the next leader, and is written only if it changed", () => {
    const store = new Store();
    store.put(keys.spec.of("managers"), "5\n");
    expect(store.round().writes).toHaveLength(1);
    expect(store.status("managers")).toEqual({ effective: "5" });
    expect(store.round().writes).toEqual([]);
  });

  it("reports a rejection once, with its first time, its reason and the effective value", () => {
    const store = new Store();
    store.put(keys.spec.of("managers"), "5");
    store.round();
    store.put(keys.spec.of("managers"), "banana");
    const first = store.round();
    expect(first.rejections).toEqual([
      expect.stringMatching(/^rejected "banana" at spec\/managers: .*; 5 stays in effect$/),
    ]);
    expect(store.status("managers")).toMatchObject({
      effective: "5",
      rejected: { value: "banana", at: "2026-01-01T00:00:00.000Z" },
    });
    expect(store.round(NOW + 60_000)).toEqual({ writes: [], rejections: [] });
  });

  it("drops a rejection with its value, and the status with its key", () => {
    const store = new Store();
    store.put(keys.spec.of("managers"), "4");
    store.round();
    expect(store.status("managers")).toMatchObject({ effective: "3", rejected: { value: "4" } });
    store.put(keys.spec.of("managers"), "1");
    store.round();
    expect(store.status("managers")).toEqual({ effective: "1" });
    store.kvs.delete(keys.spec.of("managers"));
    store.round();
    expect(store.status("managers")).toBeNull();
  });

  it("has the line of an error in a value of several lines", () => {
    const store = new Store();
    store.put(keys.spec.of("units/worker"), "web.service\nno/unit.service\n");
    store.round();
    expect(store.status("units/worker")).toMatchObject({ rejected: { line: 2 } });
  });
});
