import { describe, expect, it } from "vitest";
import { readClusterKeys, type StoredKey } from "../resources/cluster-keys.ts";
import { keyspace } from "../resources/keys.ts";
import { effectiveSpec, readEffectiveSpec } from "./effective-spec.ts";

const keys = keyspace();
const put = (path: string, value: string): StoredKey => ({ key: keys.root + path, value, modRevision: 7 });
const status = (path: string, value: unknown) => put(`status/spec/${path}`, JSON.stringify(value));
const level = (...kvs: StoredKey[]) => readEffectiveSpec(keys, kvs).spec.slack.level;

describe("the effective spec", () => {
  it("is the same from all keys and from the keys of the spec alone", () => {
    const rejected = {
      value: "",
      modRevision: 7,
      at: "2026-01-01T00:00:00Z",
      reason: "r",
      expected: "e",
      unknown: ["b"],
    };
    const kvs = [
      put("leader", "{}"),
      put("spec/managers", "4"),
      status("managers", { effective: "5" }),
      put("spec/units/worker", "b.service"),
      status("units/worker", { effective: "a.service", rejected }),
      put("spec/rollout/canary", "2"),
    ];
    const reading = readEffectiveSpec(keys, kvs);
    expect(reading).toEqual(effectiveSpec(readClusterKeys(keys, kvs)));
    expect(reading.spec).toMatchObject({ managers: 5, units: { worker: ["a.service"] }, rollout: { canary: 2 } });
    expect(reading.rejected.map(({ path }) => path)).toEqual(["managers", "units/worker"]);
  });

  it("has the new Slack level at once, the last valid one after a rejection, and the default without a key", () => {
    expect(level(put("spec/slack/level", "alarm"))).toBe("alarm");
    expect(level(put("spec/slack/level", "loud"), status("slack/level", { effective: "warning" }))).toBe("warning");
    expect(level(status("slack/level", { effective: "warning" }))).toBe("info");
  });
});
