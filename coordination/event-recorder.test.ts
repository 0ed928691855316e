import { expect, it } from "vitest";
import { Event } from "../crd-like-specs/resources/event.ts";
import { nodeId } from "../crd-like-specs/resources/ids.ts";
import { keyspace } from "../crd-like-specs/resources/keys.ts";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { type Recorder, recorder } from "./event-recorder.ts";

const keys = keyspace();

function world() {
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  const etcd = world.connect();
  const events = recorder({
    self: nodeId("000000000002"),
    by: "h2",
    as: "controller",
    keys,
    leases: etcd.leases,
    clock,
  });
  return { clock, world, etcd, events };
}

const say = (events: Recorder, text: string) =>
  events.event({ topic: "managers", level: "info", reason: "OperationStarted", text });

it("hands out writes whose keys sort as they were told, each with when and by whom", async () => {
  const { clock, events } = world();
  const writes = [await say(events, "a"), await say(events, "b")];
  await clock.advance(5);
  writes.push(await say(events, "c"));
  const recorded = writes.flatMap(write => ("put" in write ? [write] : []));
  expect(recorded.map(({ put }) => put)).toEqual(recorded.map(({ put }) => put).sort());
  expect(recorded.map(({ value }) => Event.parse(JSON.parse(value)).text)).toEqual(["a", "b", "c"]);
  expect(JSON.parse(recorded[2]?.value ?? "")).toMatchObject({ at: "2024-01-01T00:00:00.005Z", by: "h2" });
});

it("uses one lease for an hour, and what was told lives for a day", async () => {
  const { clock, world: etcd, events } = world();
  const leaseOf = async () => {
    const write = await say(events, "a");
    etcd.store.txn({ if: [], do: [write] }, () => true);
    return "put" in write ? write.lease : undefined;
  };
  const first = await leaseOf();
  await clock.advance(59 * 60_000);
  expect(await leaseOf()).toBe(first);
  await clock.advance(2 * 60_000);
  expect(await leaseOf()).not.toBe(first);
  expect(etcd.store.list(keys.events.root)).toHaveLength(3);
  await clock.advance(23 * 3600_000);
  expect(etcd.store.list(keys.events.root)).toHaveLength(1);
});

it("takes another lease where the one it has is gone", async () => {
  const { etcd, events } = world();
  const write = await say(events, "a");
  if (!("put" in write) || write.lease === undefined) throw new Error("an event is put under a lease");
  await etcd.leases.revoke(write.lease);
  await expect(etcd.kv.txn({ if: [], do: [await say(events, "b")] })).rejects.toMatchObject({
    kind: "lease-not-found",
  });
  events.forgetLease();
  await etcd.kv.txn({ if: [], do: [await say(events, "b")] });
});
