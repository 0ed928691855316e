import { expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { tail } from "./tail.ts";

const PREFIX = "/story/";

function world() {
  const clock = fakeClock();
  const etcd = fakeEtcd(clock);
  const { kv } = etcd.connect();
  const stop = new AbortController();
  const taken: string[] = [];
  const put = (name: string) => kv.txn({ if: [], do: [{ put: `${PREFIX}${name}`, value: name }] });
  const from = (after: number) => {
    const options = { clock, random: () => 0.5, signal: stop.signal };
    tail(kv, PREFIX, after, options, kvs => taken.push(...kvs.map(({ value }) => value))).catch(() => {});
  };
  return { clock, etcd, kv, stop, taken, put, from };
}

it("hands out all that there is and all that comes, in the order in which it was written", async () => {
  const { clock, taken, put, from, stop } = world();
  for (const name of ["c", "a"]) await put(name);
  from(0);
  await clock.advance(1_000);
  await put("b");
  await clock.advance(1_000);
  expect(taken).toEqual(["c", "a", "b"]);
  stop.abort();
});

it("begins after a revision, and passes over nothing and repeats nothing when the stream breaks", async () => {
  const { clock, etcd, taken, put, from, stop } = world();
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
  expect(taken).toEqual(["c", "d"]);
  stop.abort();
});

it("takes what is still there where etcd has forgotten how it came", async () => {
  const { clock, etcd, taken, put, from, stop } = world();
  const { revision } = await put("a");
  await put("b");
  await put("c");
  etcd.store.compact(etcd.store.revision);
  from(revision);
  await clock.advance(10_000);
  expect(taken).toEqual(["b", "c"]);
  stop.abort();
});
