// Conformance: a cluster of three members, some of which die.
import { expect } from "vitest";
import { informer, type Snapshot } from "../../../coordination/informer.ts";
import { openSession } from "../../../coordination/session.ts";
import { within } from "../../../coordination/timeout.ts";
import { eventually } from "../eventually.ts";
import { put, type Topic, test } from "./suite.ts";

export const quorum: Topic = cluster => {
  test(
    "a dead member delays a client's calls by less than one wait for it",
    cluster,
    async ({ etcd, prefix, clock }) => {
      await put(etcd, `${prefix}a`);
      for (const member of cluster().members) {
        await member.kill();
        const fresh = await cluster().connect();
        await fresh.etcd.kv.get(`${prefix}a`); // waits for an election if the dead member was the leader
        // One wait for the dead member takes at least 2 s, so ten waits would take longer than this.
        const reads = async () => {
          for (let read = 0; read < 10; read++) await fresh.etcd.kv.get(`${prefix}a`);
          return true;
        };
        expect(await within(clock, 10_000, reads())).toBe(true);
        expect(await etcd.kv.get(`${prefix}a`)).toBeDefined();
        fresh.etcd.close();
        member.start();
        await eventually(clock, "the member to answer again", 15_000, async () => {
          const status = await etcd.membership.status(member.clientUrl).catch(() => undefined);
          return status?.leader !== undefined;
        });
      }
    },
  );

  test(
    "without a quorum no data counts as current, and with it the client recovers",
    cluster,
    async ({ etcd, prefix, clock }) => {
      const snapshots: Snapshot[] = [];
      const subscription = informer(etcd.kv, prefix, { clock, staleAfterMs: 1_000 }).subscribe(snapshot => {
        snapshots.push(snapshot);
      });
      await put(etcd, `${prefix}a`);
      await eventually(clock, "the first key", 20_000, () => snapshots.at(-1)?.kvs.size === 1);
      const session = await openSession({ leases: etcd.leases, clock, ttlSeconds: 5 });
      const [, second, third] = cluster().members;
      await Promise.all([second?.kill(), third?.kill()]);
      await eventually(clock, "staleness", 12_000, () => snapshots.at(-1)?.stale === true);
      await eventually(clock, "the end of the session", 6_000, () => !session.alive());
      const error = await put(etcd, `${prefix}b`).catch(caught => caught);
      expect(error).toMatchObject({ name: "EtcdError", recoverable: true });
      // The data of the remaining member can still be read.
      const { kvs } = await etcd.kv.listStale(prefix);
      expect(kvs.map(({ key }) => key)).toEqual([`${prefix}a`]);
      second?.start();
      third?.start();
      await eventually(clock, "the informer's return", 15_000, () => snapshots.at(-1)?.stale === false);
      await put(etcd, `${prefix}c`);
      await eventually(
        clock,
        "the key that was written then",
        20_000,
        () => snapshots.at(-1)?.kvs.has(`${prefix}c`) === true,
      );
      subscription.unsubscribe();
      await session.close();
    },
  );

  test("a restart of all members loses no key and no watch", cluster, async ({ etcd, prefix, clock }) => {
    let last: Snapshot | undefined;
    const subscription = informer(etcd.kv, prefix, { clock }).subscribe(snapshot => {
      last = snapshot;
    });
    await put(etcd, `${prefix}a`);
    await Promise.all(cluster().members.map(member => member.kill()));
    for (const member of cluster().members) member.start();
    await eventually(clock, "a write", 20_000, () => put(etcd, `${prefix}b`).then(() => true));
    await eventually(clock, "both keys", 20_000, () => last?.kvs.size === 2 && !last.stale);
    subscription.unsubscribe();
  });
};
