// The writes of `rollout undo`, `pause` and `resume`, on the fake etcd.
import { beforeEach, describe, expect, it } from "vitest";
import { hashOf } from "../../crd-like-specs/units/text-hash.ts";
import { systemClock } from "../../drivers/clock/real.ts";
import type { Etcd } from "../../drivers/etcd/port.ts";
import { fakeEtcd } from "../../test/fakes/etcd/etcd.ts";
import { ago, id, type Keys, keys } from "../../test/fixtures/cli/cluster.ts";
import { hash, REVISIONS, ROLLOUT, rolling, specOf, TIMER, webText } from "../../test/fixtures/cli/rollout.ts";
import { pause, resume } from "./pause.ts";
import { undo } from "./undo.ts";

let etcd: Etcd;

beforeEach(() => {
  etcd = fakeEtcd(systemClock).connect();
});

async function put(all: Keys): Promise<void> {
  const write = Object.entries(all).map(([key, value]) => ({
    put: key,
    value: typeof value === "string" ? value : JSON.stringify(value),
  }));
  await etcd.kv.txn({ if: [], do: write });
}

const remove = (key: string) => etcd.kv.txn({ if: [], do: [{ delete: key }] });

async function spec(): Promise<Record<string, string>> {
  const { kvs } = await etcd.kv.list(keys.spec.root);
  return Object.fromEntries(kvs.map(({ key, value }) => [key, value]));
}

/** As the controller stores them. */
const texts = () => put(Object.fromEntries([1, 2, 3].map(n => [keys.unitTexts.of(hash(n)), webText(n)])));
const back = async (to?: number) => (await undo(etcd, keys, to, false)).revision.number;

describe("rollout undo", () => {
  beforeEach(async () => {
    await put(rolling(2));
    await texts();
  });

  it("writes the last good revision into the spec, and deletes the unit files that it does not have", async () => {
    await put({ [keys.spec.of("managers")]: "3" });
    const { revision, changes } = await undo(etcd, keys, undefined, false);
    expect(revision.number).toBe(2);
    expect(changes.map(({ path, to }) => [path, to])).toEqual([
      ["units/files/clean.timer", undefined],
      ["units/files/web.service", webText(2)],
      ["units/worker", "web.service"],
    ]);
    expect(await spec()).toEqual({ ...specOf(2), [keys.spec.of("managers")]: "3" });
  });

  it("keeps a unit file that neither the spec's lists nor the revision's need", async () => {
    const early = { [keys.spec.of("units/files/early.service")]: webText(7) };
    await put(early);
    expect(await back()).toBe(2);
    expect(await spec()).toEqual({ ...specOf(2), ...early });
  });

  it("returns to the last good revision from a spec that has no revision yet", async () => {
    await put({
      [keys.rollout]: { ...ROLLOUT, lastGoodRevision: 3 },
      [keys.spec.of("units/files/web.service")]: webText(9),
    });
    expect(await back()).toBe(3);
    expect(await spec()).toEqual(specOf(3));
  });

  it("returns to the revision before the last good one if that is in effect, and to any revision by number", async () => {
    await put({ [keys.rollout]: { ...ROLLOUT, lastGoodRevision: 3 } });
    expect(await back()).toBe(2);
    await put({ [keys.rollout]: ROLLOUT });
    expect(await back(1)).toBe(1);
    expect(await spec()).toEqual(specOf(1));
  });

  it("changes nothing a second time, even under another number, and keeps another form of the same list", async () => {
    await undo(etcd, keys, undefined, false);
    await put({ [keys.revisions.of(4)]: { ...REVISIONS[1], number: 4 }, [keys.rollout]: { ...ROLLOUT, revision: 4 } });
    await put({ [keys.spec.of("units/worker")]: "# mine\n- web.service\n" });
    const { revision, changes } = await undo(etcd, keys, undefined, false);
    expect([revision.number, changes]).toEqual([2, []]);
    expect((await spec())[keys.spec.of("units/worker")]).toBe("# mine\n- web.service\n");
  });

  it("does not need the stored text of a file that the spec still has", async () => {
    await put({ [keys.spec.of("units/files/web.service")]: webText(2) });
    await remove(keys.unitTexts.of(hash(2)));
    expect(await back()).toBe(2);
  });

  it("writes nothing in a dry run, or if a stored text is missing or does not match its hash", async () => {
    await undo(etcd, keys, undefined, true);
    await put({ [keys.unitTexts.of(hash(2))]: webText(1) });
    await expect(back()).rejects.toThrow(
      `of web.service is missing at ${keys.unitTexts.of(hash(2))}\nnothing was written: use another revision than 2`,
    );
    await remove(keys.unitTexts.of(hash(2)));
    await expect(back()).rejects.toThrow("is missing at");
    expect(await spec()).toEqual(specOf(3));
  });

  it("names the stored revisions, or reports that there is nothing to undo", async () => {
    await expect(back(7)).rejects.toThrow("revision 7 is not stored; use one of 1, 2, 3");
    await remove(keys.revisions.of(1));
    await remove(keys.revisions.of(2));
    await expect(back()).rejects.toThrow("nothing to undo: no revision before 3 is stored");
    await remove(keys.revisions.of(3));
    await expect(back()).rejects.toThrow("nothing to undo: no revision is stored");
    await expect(back(3)).rejects.toThrow("none is stored, because no controller has written one yet");
  });

  it("does not overwrite a unit that is put at the same moment", async () => {
    const { kv } = etcd;
    const raced: Etcd = {
      ...etcd,
      kv: {
        get: key => kv.get(key),
        list: prefix => kv.list(prefix),
        listStale: prefix => kv.listStale(prefix),
        watch: (prefix, from) => kv.watch(prefix, from),
        txn: async txn => {
          await put({ [keys.spec.of("units/manager")]: "swarmkeeper-controller.service" });
          return kv.txn(txn);
        },
      },
    };
    await expect(undo(raced, keys, undefined, false)).rejects.toThrow(
      "spec/units/manager changed at the same moment; nothing was written: check the spec and try again",
    );
    expect(await spec()).toEqual({ ...specOf(3), [keys.spec.of("units/manager")]: "swarmkeeper-controller.service" });
  });

  it("rejects a change with more keys or more text than etcd accepts in one transaction", async () => {
    const names = Array.from({ length: 130 }, (_, n) => `u${n}.timer`);
    await put(Object.fromEntries(names.map(name => [keys.spec.of(`units/files/${name}`), TIMER])));
    await put({ [keys.spec.of("units/worker")]: ["web.service", ...names].join("\n") });
    await expect(back()).rejects.toThrow(
      "132 keys would change, and etcd accepts at most 128 operations a transaction",
    );
    const big = Array.from({ length: 7 }, (_, n) => `${TIMER}# ${n}${"x".repeat(250_000)}\n`);
    const files = Object.fromEntries(big.map((text, n) => [`u${n}.timer`, hashOf(text)]));
    await put(Object.fromEntries(big.map(text => [keys.unitTexts.of(hashOf(text)), text])));
    await etcd.kv.txn({ if: [], do: [{ deletePrefix: keys.spec.of("units/files/") }] });
    await put({ [keys.revisions.of(4)]: { ...REVISIONS[0], number: 4, files } });
    await expect(back(4)).rejects.toThrow(
      "the changes are 1.67 MiB, and etcd accepts at most 1.5 MiB a transaction; nothing was written",
    );
  });
});

describe("rollout pause and resume", () => {
  const PAUSED = keys.spec.of("rollout/paused");
  const RETRY = keys.spec.of("rollout/retry");

  it("change one key, once, and report it", async () => {
    await put(rolling(2, { inFlight: [{ node: id(4), name: "h4", at: ago(3) }] }));
    expect(await resume(etcd, keys, "t0")).toEqual(["Nothing to resume: the rollout is neither paused nor halted."]);
    expect(Object.keys(await spec())).not.toContain(PAUSED);
    expect(await pause(etcd, keys)).toEqual([
      "Paused: no further node is changed.",
      "Still watched: h4",
      "Resume with: swarmkeeper rollout resume",
    ]);
    expect((await spec())[PAUSED]).toBe("true");
    expect(await pause(etcd, keys)).toEqual(["Paused already: no further node is changed.", "Still watched: h4"]);
    expect(await resume(etcd, keys, "t1")).toEqual(["Resumed: nodes are changed again."]);
    expect(await spec()).toEqual({ ...specOf(3), [PAUSED]: "false" });
    expect(await resume(etcd, keys, "t2")).toEqual(["Nothing to resume: the rollout is neither paused nor halted."]);
  });

  it("continue a halted rollout by one command, and request the retry only once", async () => {
    await put(rolling(2, { halted: "the canary h4 failed" }));
    await put({ [PAUSED]: "maybe" });
    expect(await resume(etcd, keys, "t1")).toEqual(["Retrying revision 3, which halted: the canary h4 failed"]);
    expect(await spec()).toEqual({ ...specOf(3), [PAUSED]: "false", [RETRY]: "t1" });
    expect(await resume(etcd, keys, "t2")).toEqual(["The retry is requested already: the controller starts it."]);
    expect((await spec())[RETRY]).toBe("t1");
  });

  it("resume a rollout that is paused and halted, and report what still prevents changes", async () => {
    await put({ ...rolling(2, { halted: "h4 failed" }), [PAUSED]: "true", [keys.spec.of("paused")]: "true" });
    await remove(keys.leader);
    expect(await resume(etcd, keys, "t1")).toEqual([
      "Resumed: nodes are changed again.",
      "Retrying revision 3, which halted: h4 failed",
      "But spec/paused is true: nothing changes until it is false.",
      "But no controller leads: nothing changes until one does.",
    ]);
  });
});
