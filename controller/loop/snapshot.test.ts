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

it("is the snapshot where that is new enough", async () => {
  const { deps } = await world(old);
  expect(await readOwnWrites(deps, 1)).toBe(old.kvs);
});

it("waits for the snapshot that shows our own last write", async () => {
  const { deps, revision } = await world(old);
  const seen = readOwnWrites(deps, revision);
  const next = { ...old, revision, kvs: new Map() };
  deps.snapshots.next(next);
  expect(await seen).toBe(next.kvs);
});

it("is etcd's own list where the watch is broken", async () => {
  const { deps } = await world({ ...old, stale: true });
  expect((await readOwnWrites(deps, 1)).get(keys.spec.of("paused"))?.value).toBe("true");
});

// A deletion of what is not there any more returns a revision that no watch of ours ever shows.
it("is etcd's own list where the watch does not show our own last write", async () => {
  const { clock, deps, revision } = await world(old);
  const seen = readOwnWrites(deps, revision);
  await clock.advance(3000);
  expect((await seen).get(keys.spec.of("paused"))?.value).toBe("true");
});
