// Conformance: informer, session, leadership and lock while the network of one client fails.
import { expect } from "vitest";
import { informer, type Snapshot } from "../../../coordination/informer.ts";
import { campaign, Deposed, fenced, type Term } from "../../../coordination/leadership.ts";
import { openSession } from "../../../coordination/session.ts";
import type { Kv } from "../../../drivers/etcd/port.ts";
import { eventually } from "../eventually.ts";
import { type ClientUnderTest, put, type Topic, test } from "./suite.ts";

export const faults: Topic = cluster => {
  test("an informer receives each change exactly once over many broken streams", cluster, async context => {
    const { client, etcd, prefix, clock } = context;
    const writer = await cluster().connect();
    const changes: string[] = [];
    let last: Snapshot | undefined;
    let repeated = 0;
    const subscription = informer(etcd.kv, prefix, { clock }).subscribe(snapshot => {
      if (last !== undefined && snapshot.revision <= last.revision && snapshot.changed.length > 0) repeated++;
      last = snapshot;
      changes.push(...snapshot.changed);
    });
    await eventually(clock, "the first list", 20_000, () => last !== undefined);
    for (let i = 0; i < 200; i++) {
      await put(writer.etcd, `${prefix}${i}`);
      if (i % 40 === 20) client.disturb();
    }
    await eventually(clock, "all keys", 10_000, () => last?.kvs.size === 200);
    expect(changes.length).toBe(200);
    expect(new Set(changes).size).toBe(200);
    expect(repeated).toBe(0);
    subscription.unsubscribe();
    writer.etcd.close();
  });

  test(
    "an informer receives every change of a long history whose stream breaks in the middle",
    cluster,
    async context => {
      const { client, etcd, prefix, clock } = context;
      const writer = await cluster().connect();
      const before = await etcd.kv.list(prefix);
      // More revisions than etcd puts into one answer (1000), written in parallel to save time.
      const writers = Array.from({ length: 50 }, async (_, w) => {
        for (let i = 0; i < 50; i++) await put(writer.etcd, `${prefix}${w}/${i}`, "x".repeat(200));
      });
      await Promise.all(writers);
      client.breakLongAnswers();
      let streams = 0;
      let last: Snapshot | undefined;
      const changes: string[] = [];
      const kv: Kv = {
        ...etcd.kv,
        list: async () => before, // so that all later changes must come through the watch
        watch(...args) {
          streams++;
          return etcd.kv.watch(...args);
        },
      };
      const subscription = informer(kv, prefix, { clock }).subscribe(snapshot => {
        last = snapshot;
        changes.push(...snapshot.changed);
      });
      await eventually(clock, "all keys", 20_000, () => last?.kvs.size === 2_500);
      expect(streams).toBeGreaterThan(1);
      expect(changes.length).toBe(2_500);
      expect(new Set(changes).size).toBe(2_500);
      subscription.unsubscribe();
      writer.etcd.close();
    },
  );

  test(
    "an informer reports that it is stale while etcd is silent, and then catches up",
    cluster,
    async ({ client, etcd, prefix, clock }) => {
      const writer = await cluster().connect();
      const snapshots: Snapshot[] = [];
      const subscription = informer(etcd.kv, prefix, { clock, staleAfterMs: 1_000 }).subscribe(snapshot => {
        snapshots.push(snapshot);
      });
      await put(writer.etcd, `${prefix}a`);
      await eventually(clock, "the first key", 20_000, () => snapshots.at(-1)?.kvs.size === 1);
      client.cut();
      await put(writer.etcd, `${prefix}b`);
      await eventually(clock, "staleness", 14_000, () => snapshots.at(-1)?.stale === true);
      await cluster().compact(); // while the client is cut off
      client.heal();
      await eventually(clock, "the second key", 8_000, () => snapshots.at(-1)?.kvs.size === 2);
      expect(snapshots.at(-1)?.stale).toBe(false);
      subscription.unsubscribe();
      writer.etcd.close();
    },
  );

  test("a session is lost before etcd deletes its key", cluster, async ({ client, etcd, prefix, clock }) => {
    const observer = await cluster().connect();
    const session = await openSession({ leases: etcd.leases, clock, ttlSeconds: 5 });
    await put(etcd, `${prefix}a`, "x", session.lease);
    await clock.sleep(2_000);
    const cutAt = clock.monotonic();
    client.cut();
    await session.lost;
    expect(clock.monotonic() - cutAt).toBeLessThanOrEqual(3_500);
    expect(session.alive()).toBe(false);
    expect(await observer.etcd.kv.get(`${prefix}a`)).toBeDefined();
    await eventually(clock, "etcd to delete the key", 8_000, async () => !(await observer.etcd.kv.get(`${prefix}a`)));
    observer.etcd.close();
  });

  test("a leader that is cut off ends its term before the next begins, and cannot write", cluster, async context => {
    const { client: first, prefix, clock } = context;
    const second = await cluster().connect();
    const stop = new AbortController();
    const events: string[] = [];
    const terms = new Map<string, Term>();
    async function run(name: string, { etcd: { kv, leases } }: ClientUnderTest): Promise<void> {
      const options = {
        kv,
        leases,
        clock,
        key: `${prefix}leader`,
        value: () => name,
        ttlSeconds: 5,
        signal: stop.signal,
      };
      for await (const term of campaign(options)) {
        events.push(`${name} begins`);
        terms.set(name, term);
        await term.ended;
        events.push(`${name} ends`);
      }
    }
    const a = run("a", first);
    await eventually(clock, "a to lead", 20_000, () => terms.has("a"));
    const b = run("b", second);
    await clock.sleep(500);
    first.cut();
    await eventually(clock, "b to lead", 12_000, () => terms.has("b"));
    expect(events).toEqual(["a begins", "a ends", "b begins"]);
    first.heal();
    const term = terms.get("a");
    if (term === undefined) throw new Error("a has no term");
    // A term that does not notice its end, so that only the fence can stop the write.
    const unaware: Term = { ...term, alive: () => true };
    const write = () => fenced(first.etcd.kv, unaware).txn({ if: [], do: [{ put: `${prefix}w`, value: "a" }] });
    let failure: unknown;
    await eventually(clock, "an answer to the old leader", 10_000, async () => {
      failure = await write().catch(error => error);
      return failure instanceof Deposed;
    });
    expect(await second.etcd.kv.get(`${prefix}w`)).toBeUndefined();
    stop.abort();
    await Promise.all([a, b]);
    second.etcd.close();
  });
};
