import { expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { tail } from "./tail.ts";

const PREFIX = "/events/";

function world() {
  const clock = fakeClock();
  const etcd = fakeEtcd(clock);
  const { kv } = etcd.connect();
  const stop = new AbortController();
  const delivered: string[] = [];
  const put = (name: string) => kv.txn({ if: [], do: [{ put: `${PREFIX}${name}`, value: name }] });
  const from = (after: number) => {
    const options = { clock, random: () => 0.5, signal: stop.signal };
    tail(kv, PREFIX, after, options, kvs => delivered.push(...kvs.map(({ value }) => value))).catch(() => {});
  };
  return { clock, etcd, kv, stop, delivered, put, from };
}

it("a tail delivers existing and new keys in the order of their writes", async () => {
  const { clock, delivered, put, from, stop } = world();
  for (const name of ["c", "a"]) await put(name);
  from(0);
  await clock.advance(1_000);
  await put("b");
  await clock.advance(1_000);
  expect(delivered).toEqual(["c", "a", "b"]);
  stop.abort();
});

it("a tail begins after a revision, and skips and repeats nothing when the stream breaks", async () => {
  const { clock, etcd, delivered, put, from, stop } = world();
  await put("a");
  const { revision } = await put("b");
  await put("c");
  from(revision);
  await clock.advance(1_000);
  for (const { id } of etcd.state()) etcd.stopMember(id);
  await clock.advance(10_000);
  for (const { id } of etcd.state()) etcd.startMember(id);
  await clock.advance(10_000);
  await put("d");
  await clock.advance(10_000);
  expect(delivered).toEqual(["c", "d"]);
  stop.abort();
});

it("a tail continues after a compaction with the keys that still exist", async () => {
  const { clock, etcd, delivered, put, from, stop } = world();
  const { revision } = await put("a");
  await put("b");
  await put("c");
  etcd.store.compact(etcd.store.revision);
  from(revision);
  await clock.advance(10_000);
  expect(delivered).toEqual(["b", "c"]);
  stop.abort();
});
