// Conformance: keys, transactions, watches and leases, on one member.
import { expect } from "vitest";
import { EtcdError, type WatchBatch } from "../../../drivers/etcd/port.ts";
import { eventually } from "../eventually.ts";
import { put, type Topic, test } from "./suite.ts";

const kind = (expected: string) => expect.objectContaining({ name: "EtcdError", kind: expected });

export const keys: Topic = cluster => {
  test("reads written keys by key and by prefix", cluster, async ({ etcd, prefix }) => {
    expect(await etcd.kv.get(`${prefix}absent`)).toBeUndefined();
    const first = await put(etcd, `${prefix}b`, "grün");
    const second = await put(etcd, `${prefix}b`, "blau");
    await put(etcd, `${prefix}a`);
    await put(etcd, `${prefix.slice(0, -1)}0`, "a neighbour of the prefix");
    expect(first.succeeded).toBe(true);
    expect(second.revision).toBe(first.revision + 1);
    const b = {
      key: `${prefix}b`,
      value: "blau",
      createRevision: first.revision,
      modRevision: second.revision,
      lease: "0",
    };
    expect(await etcd.kv.get(`${prefix}b`)).toEqual(b);
    const listed = await etcd.kv.list(prefix);
    expect(listed.kvs.map(kv => kv.key)).toEqual([`${prefix}a`, `${prefix}b`]);
    expect(listed.revision).toBe(second.revision + 2);
  });

  test("lists every key under the empty prefix", cluster, async ({ etcd, prefix }) => {
    await put(etcd, `${prefix}x`);
    expect((await etcd.kv.list("")).kvs.map(kv => kv.key)).toContain(`${prefix}x`);
  });

  test("applies a transaction completely in one revision, or not at all", cluster, async ({ etcd, prefix }) => {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    const absent = { key: a, target: "create", op: "=", value: 0 } as const;
    const made = await etcd.kv.txn({
      if: [absent],
      do: [
        { put: a, value: "1" },
        { put: b, value: "1" },
      ],
    });
    expect(made.succeeded).toBe(true);
    const again = await etcd.kv.txn({ if: [absent], do: [{ put: a, value: "2" }, { delete: b }] });
    expect(again).toEqual({ succeeded: false, revision: made.revision });
    const { kvs } = await etcd.kv.list(prefix);
    expect(kvs.map(kv => [kv.value, kv.modRevision])).toEqual([
      ["1", made.revision],
      ["1", made.revision],
    ]);
    expect((await etcd.kv.txn({ if: [], do: [{ delete: `${prefix}absent` }] })).revision).toBe(made.revision);
    await etcd.kv.txn({ if: [], do: [{ deletePrefix: prefix }] });
    expect((await etcd.kv.list(prefix)).kvs).toEqual([]);
  });

  test("compares revisions and values as etcd does", cluster, async ({ etcd, prefix }) => {
    const [key, absent] = [`${prefix}a`, `${prefix}absent`];
    const { revision } = await put(etcd, key, "v");
    const holds = async (condition: Parameters<typeof etcd.kv.txn>[0]["if"][number]) =>
      (await etcd.kv.txn({ if: [condition], do: [] })).succeeded;
    expect(await holds({ key, target: "mod", op: "=", value: revision })).toBe(true);
    expect(await holds({ key, target: "mod", op: ">", value: revision })).toBe(false);
    expect(await holds({ key, target: "create", op: "<", value: revision + 1 })).toBe(true);
    expect(await holds({ key, target: "create", op: "!=", value: revision })).toBe(false);
    expect(await holds({ key, target: "value", op: "=", value: "v" })).toBe(true);
    expect(await holds({ key, target: "value", op: "!=", value: "v" })).toBe(false);
    expect(await holds({ key: absent, target: "mod", op: "=", value: 0 })).toBe(true);
    expect(await holds({ key: absent, target: "value", op: "=", value: "" })).toBe(false);
    expect(await holds({ key: absent, target: "value", op: "!=", value: "v" })).toBe(false);
  });

  test("rejects a transaction completely if one operation is invalid", cluster, async ({ etcd, prefix }) => {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    const twice = etcd.kv.txn({
      if: [],
      do: [
        { put: a, value: "1" },
        { put: a, value: "2" },
      ],
    });
    await expect(twice).rejects.toEqual(kind("unexpected"));
    const noLease = etcd.kv.txn({
      if: [],
      do: [
        { put: b, value: "1" },
        { put: a, value: "1", lease: "4711" },
      ],
    });
    await expect(noLease).rejects.toEqual(kind("lease-not-found"));
    expect((await etcd.kv.list(prefix)).kvs).toEqual([]);
  });

  test("watches from any revision, in order, with complete revisions", cluster, async ({ etcd, prefix, clock }) => {
    const first = await put(etcd, `${prefix}a`);
    await put(etcd, `${prefix}a`, "again");
    const batches: WatchBatch[] = [];
    const subscription = etcd.kv.watch(prefix, first.revision).subscribe({ next: batch => batches.push(batch) });
    await eventually(clock, "history", 20_000, () => batches.flatMap(batch => batch.events).length === 2);
    await etcd.kv.txn({ if: [], do: [{ put: `${prefix}b`, value: "1" }, { delete: `${prefix}a` }] });
    await put(etcd, `${prefix}c`);
    await eventually(clock, "the later changes", 20_000, () => batches.flatMap(batch => batch.events).length === 5);
    subscription.unsubscribe();

    expect(batches[0]).toEqual({ revision: first.revision - 1, events: [] });
    const received = batches.flatMap(batch => batch.events);
    const revision = (event: (typeof received)[number]) =>
      event.type === "put" ? event.kv.modRevision : event.modRevision;
    expect(received.map(event => [event.type, revision(event) - first.revision])).toEqual([
      ["put", 0],
      ["put", 1],
      ["put", 2],
      ["delete", 2],
      ["put", 3],
    ]);
    for (const batch of batches.slice(1)) {
      const last = batch.events.at(-1);
      expect(last && revision(last)).toBe(batch.revision);
    }
  });

  test("ends a watch from a compacted revision and names the first valid one", cluster, async ({ etcd, prefix }) => {
    const first = await put(etcd, `${prefix}a`);
    await put(etcd, `${prefix}b`);
    await cluster().compact();
    const error = await new Promise(resolve => etcd.kv.watch(prefix, first.revision).subscribe({ error: resolve }));
    expect(error).toEqual(kind("compacted"));
    expect(error instanceof EtcdError && error.compactRevision).toBeGreaterThan(first.revision);
    expect(error instanceof EtcdError && error.recoverable).toBe(false);
  });

  test("deletes the keys of a lease when it expires", cluster, async ({ etcd, prefix, clock }) => {
    const { id, ttl } = await etcd.leases.grant(2);
    await put(etcd, `${prefix}a`, "x", id);
    expect((await etcd.kv.get(`${prefix}a`))?.lease).toBe(id);
    expect(await etcd.leases.keepAlive(id)).toBe(ttl);
    await eventually(clock, "the end of the lease", 10_000, async () => !(await etcd.kv.get(`${prefix}a`)));
    await expect(etcd.leases.keepAlive(id)).rejects.toEqual(kind("lease-not-found"));
  });

  test("revokes a lease, and accepts a second revocation", cluster, async ({ etcd, prefix }) => {
    const { id } = await etcd.leases.grant(60);
    await put(etcd, `${prefix}a`, "x", id);
    await etcd.leases.revoke(id);
    expect(await etcd.kv.get(`${prefix}a`)).toBeUndefined();
    await etcd.leases.revoke(id);
  });

  test("fails reads and watches after close", cluster, async ({ etcd, prefix }) => {
    const { revision } = await etcd.kv.list(prefix);
    const broken = new Promise(resolve => etcd.kv.watch(prefix, revision).subscribe({ error: resolve }));
    await etcd.kv.get(prefix);
    etcd.close();
    expect(await broken).toEqual(kind("closed"));
    await expect(etcd.kv.get(prefix)).rejects.toEqual(kind("closed"));
  });

  test("ends the streams of removed endpoints, and keeps leases", cluster, async ({ etcd, prefix, clock }) => {
    const batches: WatchBatch[] = [];
    const here = etcd.endpoints();
    const { id } = await etcd.leases.grant(60);
    const { revision } = await etcd.kv.list(prefix);
    const broken = new Promise(resolve => {
      etcd.kv.watch(prefix, revision).subscribe({ next: batch => batches.push(batch), error: resolve });
    });
    await eventually(clock, "the watch to begin", 20_000, () => batches.length > 0);
    etcd.setEndpoints(here);
    await etcd.kv.get(prefix);
    etcd.setEndpoints(["http://127.0.0.1:1"]);
    expect(await broken).toEqual(kind("unavailable"));
    await expect(etcd.kv.get(prefix)).rejects.toEqual(kind("unavailable"));
    etcd.setEndpoints(["http://127.0.0.1:1", ...here]);
    expect(await etcd.leases.keepAlive(id)).toBe(60);
  });

  test("reports that a write without an answer may have been applied", cluster, async ({ client, etcd, prefix }) => {
    const observer = await cluster().connect();
    await etcd.kv.get(prefix);
    client.loseAnswers();
    const error = await put(etcd, `${prefix}a`).catch(caught => caught);
    expect(error).toEqual(kind("timeout"));
    expect(error.maybeApplied).toBe(true);
    expect(await observer.etcd.kv.get(`${prefix}a`)).toBeDefined();
    observer.etcd.close();
  });
};
