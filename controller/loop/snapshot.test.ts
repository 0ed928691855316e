import { BehaviorSubject } from "rxjs";
import { expect, it } from "vitest";
import type { Snapshot } from "../../coordination/informer.ts";
import { keyspace } from "../../crd-like-specs/resources/keys.ts";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../../test/fakes/etcd/etcd.ts";
import { readOwnWrites } from "./snapshot.ts";

const keys = keyspace();
const old: Snapshot = { revision: 1, kvs: new Map(), changed: [], stale: false };

/** Etcd holds `spec/paused`, which the snapshot does not show. */
async function world(snapshot: Snapshot) {
  const clock = fakeClock();
  const etcd = fakeEtcd(clock).connect();
  const { revision } = await etcd.kv.txn({ if: [], do: [{ put: keys.spec.of("paused"), value: "true" }] });
  return { clock, revision, deps: { etcd, keys, clock, snapshots: new BehaviorSubject(snapshot) } };
}

it("a round uses the snapshot if it is new enough", async () => {
  const { deps } = await world(old);
  expect(await readOwnWrites(deps, 1)).toBe(old.kvs);
});

it("a round waits for the snapshot that shows the last write of this controller", async () => {
  const { deps, revision } = await world(old);
  const pending = readOwnWrites(deps, revision);
  const next = { ...old, revision, kvs: new Map() };
  deps.snapshots.next(next);
  expect(await pending).toBe(next.kvs);
});

it("a round lists etcd if the watch is broken", async () => {
  const { deps } = await world({ ...old, stale: true });
  expect((await readOwnWrites(deps, 1)).get(keys.spec.of("paused"))?.value).toBe("true");
});

// The deletion of an absent key returns a revision that no watch ever shows.
it("a round lists etcd if the watch does not show the last write in time", async () => {
  const { clock, deps, revision } = await world(old);
  const pending = readOwnWrites(deps, revision);
  await clock.advance(3000);
  expect((await pending).get(keys.spec.of("paused"))?.value).toBe("true");
});
