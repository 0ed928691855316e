// Each text under `spec/` is parsed and hashed once, however many rounds read it.
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import type { StoredKey } from "../resources/cluster-keys.ts";

// Test files share a process (vitest.config.ts), so the modules are loaded again with the spies and removed afterwards.
const SPIED = ["../units/unit-lines.ts", "../units/text-hash.ts"];
vi.resetModules();
for (const module of SPIED) vi.doMock(module, { spy: true });
const { readClusterKeys } = await import("../resources/cluster-keys.ts");
const { keyspace } = await import("../resources/keys.ts");
const { unitLines } = await import("../units/unit-lines.ts");
const { readEffectiveSpec, effectiveSpec } = await import("./effective-spec.ts");
const { wantedBy } = await import("../units/unit-set.ts");
const { hashOf } = await import("../units/text-hash.ts");
beforeEach(() => vi.clearAllMocks());
afterAll(() => {
  for (const module of SPIED) vi.doUnmock(module);
  vi.resetModules();
});

const keys = keyspace();
const NAMES = Array.from({ length: 20 }, (_, n) => `u${n}.timer`);
const text = (period: string) => `[Timer]\nOnCalendar=${period}\n[X-Swarmkeeper]\nDrain=yes\n`;
const put = (path: string, value: string): StoredKey => ({ key: keys.root + path, value, modRevision: 1 });

function stored(): Map<string, StoredKey> {
  const all = [
    put("spec/units/worker", NAMES.join("\n")),
    ...NAMES.map(name => put(`spec/units/files/${name}`, text("daily"))),
  ];
  return new Map(all.map(kv => [kv.key, kv]));
}

const round = (kvs: Map<string, StoredKey>) => wantedBy(effectiveSpec(readClusterKeys(keys, kvs.values())).spec);
const counts = () => [vi.mocked(unitLines).mock.calls.length, vi.mocked(hashOf).mock.calls.length];

it("a unit file is parsed and hashed once for several uses", () => {
  const wanted = round(stored());
  expect([Object.keys(wanted.files).length, wanted.drains.length]).toEqual([20, 20]);
  expect(counts()).toEqual([20, 20]);
});

it("a round with unchanged texts parses and hashes nothing, with either reader", () => {
  const kvs = stored();
  const first = round(kvs);
  vi.clearAllMocks();
  expect(round(kvs)).toEqual(first);
  expect(readEffectiveSpec(keys, kvs.values()).rejected).toEqual([]);
  expect(counts()).toEqual([0, 0]);
});

it("only a changed unit file is parsed again", () => {
  const kvs = stored();
  round(kvs);
  vi.clearAllMocks();
  const changed = put(`spec/units/files/${NAMES[3]}`, text("weekly"));
  round(kvs.set(changed.key, changed));
  expect(counts()).toEqual([1, 1]);
});

it("the last valid unit file is not parsed again while a newer one is rejected", () => {
  const kvs = stored();
  const path = `units/files/${NAMES[3]}`;
  const bad = put(`spec/${path}`, "no unit");
  const status = put(`status/spec/${path}`, JSON.stringify({ effective: text("daily") }));
  const first = round(kvs.set(bad.key, bad).set(status.key, status));
  expect(first.files[NAMES[3] ?? ""]).toBe(first.files[NAMES[4] ?? ""]);
  vi.clearAllMocks();
  expect(round(kvs)).toEqual(first);
  expect(counts()).toEqual([0, 0]);
});
