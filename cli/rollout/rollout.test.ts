// What the commands that change the spec write, against the twin of etcd.
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

/** As the controller keeps them. */
const texts = () => put(Object.fromEntries([1, 2, 3].map(n => [keys.unitTexts.of(hash(n)), webText(n)])));
const back = async (to?: number) => (await undo(etcd, keys, to, false)).revision.number;

describe("undo", () => {
  beforeEach(async () => {
    await put(rolling(2));
    await texts();
  });

  it("lets the spec say what the last good revision said, and deletes what was not in it", async () => {
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

  it("leaves a file alone that neither lists", async () => {
    const early = { [keys.spec.of("units/files/early.service")]: webText(7) };
    await put(early);
    expect(await back()).toBe(2);
    expect(await spec()).toEqual({ ...specOf(2), ...early });
  });

  it("does so for what no revision says yet", async () => {
    await put({
      [keys.rollout]: { ...ROLLOUT, lastGoodRevision: 3 },
      [keys.spec.of("units/files/web.service")]: webText(9),
    });
    expect(await back()).toBe(3);
    expect(await spec()).toEqual(specOf(3));
  });

  it("goes to the one before where the last good one is in force, and to any that is named", async () => {
    await put({ [keys.rollout]: { ...ROLLOUT, lastGoodRevision: 3 } });
    expect(await back()).toBe(2);
    await put({ [keys.rollout]: ROLLOUT });
    expect(await back(1)).toBe(1);
    expect(await spec()).toEqual(specOf(1));
  });

  it("changes nothing twice, also under another number, and leaves another form as it is", async () => {
    await undo(etcd, keys, undefined, false);
    await put({ [keys.revisions.of(4)]: { ...REVISIONS[1], number: 4 }, [keys.rollout]: { ...ROLLOUT, revision: 4 } });
    await put({ [keys.spec.of("units/worker")]: "# mine\n- web.service\n" });
    const { revision, changes } = await undo(etcd, keys, undefined, false);
    expect([revision.number, changes]).toEqual([2, []]);
    expect((await spec())[keys.spec.of("units/worker")]).toBe("# mine\n- web.service\n");
  });

  it("needs no text from beside the cluster that the spec still says", async () => {
    await put({ [keys.spec.of("units/files/web.service")]: webText(2) });
    await remove(keys.unitTexts.of(hash(2)));
    expect(await back()).toBe(2);
  });

  it("writes nothing for a dry run, or where a text is gone or not itself", async () => {
    await undo(etcd, keys, undefined, true);
    await put({ [keys.unitTexts.of(hash(2))]: webText(1) });
    await expect(back()).rejects.toThrow(
      `of web.service is gone from ${keys.unitTexts.of(hash(2))}\nnothing was written: go to another revision than 2`,
    );
    await remove(keys.unitTexts.of(hash(2)));
    await expect(back()).rejects.toThrow("is gone from");
    expect(await spec()).toEqual(specOf(3));
  });

  it("says which revisions there are, or that there is nothing to go back to", async () => {
    await expect(back(7)).rejects.toThrow("revision 7 is not among those that are kept; use one of 1, 2, 3");
    await remove(keys.revisions.of(1));
    await remove(keys.revisions.of(2));
    await expect(back()).rejects.toThrow("nothing to undo: none before revision 3 is kept");
    await remove(keys.revisions.of(3));
    await expect(back()).rejects.toThrow("nothing to undo: no revision is kept");
    await expect(back(3)).rejects.toThrow("none is kept, for no controller has written one yet");
  });

  it("overwrites nobody who puts a unit at the same moment", async () => {
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
      "somebody else changed spec/units/manager at this moment; nothing was written: look, and try again",
    );
    expect(await spec()).toEqual({ ...specOf(3), [keys.spec.of("units/manager")]: "swarmkeeper-controller.service" });
  });

  it("says that a transaction of so many keys, or of so much text, is more than etcd takes", async () => {
    const names = Array.from({ length: 130 }, (_, n) => `u${n}.timer`);
    await put(Object.fromEntries(names.map(name => [keys.spec.of(`units/files/${name}`), TIMER])));
    await put({ [keys.spec.of("units/worker")]: ["web.service", ...names].join("\n") });
    await expect(back()).rejects.toThrow("132 keys would change, and etcd takes at most 128 operations a transaction");
    const big = Array.from({ length: 7 }, (_, n) => `${TIMER}# ${n}${"x".repeat(250_000)}\n`);
    const files = Object.fromEntries(big.map((text, n) => [`u${n}.timer`, hashOf(text)]));
    await put(Object.fromEntries(big.map(text => [keys.unitTexts.of(hashOf(text)), text])));
    await etcd.kv.txn({ if: [], do: [{ deletePrefix: keys.spec.of("units/files/") }] });
    await put({ [keys.revisions.of(4)]: { ...REVISIONS[0], number: 4, files } });
    await expect(back(4)).rejects.toThrow(
      "the changes have 1.67 MiB, and etcd takes at most 1.5 MiB a transaction; nothing was written",
    );
  });
});

describe("pause and resume", () => {
  const PAUSED = keys.spec.of("rollout/paused");
  const RETRY = keys.spec.of("rollout/retry");

  it("change the one key, once, and say so", async () => {
    await put(rolling(2, { inFlight: [{ node: id(4), name: "h4", at: ago(3) }] }));
    expect(await resume(etcd, keys, "t0")).toEqual(["Nothing to resume: the rollout is neither paused nor halted."]);
    expect(Object.keys(await spec())).not.toContain(PAUSED);
    expect(await pause(etcd, keys)).toEqual([
      "Paused: no further host is changed.",
      "Still watched: h4",
      "Go on with: swarmkeeper rollout resume",
    ]);
    expect((await spec())[PAUSED]).toBe("true");
    expect(await pause(etcd, keys)).toEqual(["Paused already: no further host is changed.", "Still watched: h4"]);
    expect(await resume(etcd, keys, "t1")).toEqual(["Resumed: hosts are changed again."]);
    expect(await spec()).toEqual({ ...specOf(3), [PAUSED]: "false" });
    expect(await resume(etcd, keys, "t2")).toEqual(["Nothing to resume: the rollout is neither paused nor halted."]);
  });

  it("let a halted rollout go on by one command, and ask once only", async () => {
    await put(rolling(2, { halted: "the canary h4 failed" }));
    await put({ [PAUSED]: "maybe" });
    expect(await resume(etcd, keys, "t1")).toEqual(["Tried again: revision 3, which halted: the canary h4 failed"]);
    expect(await spec()).toEqual({ ...specOf(3), [PAUSED]: "false", [RETRY]: "t1" });
    expect(await resume(etcd, keys, "t2")).toEqual(["Asked to try again already: the controller takes that up."]);
    expect((await spec())[RETRY]).toBe("t1");
  });

  it("do both where both are so, and name what holds it up all the same", async () => {
    await put({ ...rolling(2, { halted: "h4 failed" }), [PAUSED]: "true", [keys.spec.of("paused")]: "true" });
    await remove(keys.leader);
    expect(await resume(etcd, keys, "t1")).toEqual([
      "Resumed: hosts are changed again.",
      "Tried again: revision 3, which halted: h4 failed",
      "But spec/paused is true: nothing at all is changed until that is false.",
      "But no controller leads: nothing goes on until one does.",
    ]);
  });
});
