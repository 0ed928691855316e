import { describe, expect, it } from "vitest";
import { EtcdError } from "../drivers/etcd/port.ts";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { informer, type Snapshot } from "./informer.ts";

const middle = () => 0.5;

function setUp() {
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  const [writer, client] = [world.connect(), world.connect()];
  const snapshots: Snapshot[] = [];
  const errors: unknown[] = [];
  const put = (key: string, value = "x") => writer.kv.txn({ if: [], do: [{ put: key, value }] });
  const start = (resyncMs = 600_000) =>
    informer(client.kv, "/a/", { clock, random: middle, resyncMs }).subscribe({
      next: snapshot => snapshots.push(snapshot),
      error: error => errors.push(error),
    });
  return { clock, world, writer, client, snapshots, errors, put, start, last: () => snapshots.at(-1) };
}

describe("informer", () => {
  it("tells the first list even when it is empty, then each change once", async () => {
    const { clock, writer, snapshots, put, start } = setUp();
    const subscription = start();
    await clock.settle();
    expect(snapshots).toMatchObject([{ revision: 1, changed: [], stale: false }]);

    await put("/a/1");
    await put("/b/1"); // elsewhere: nothing to tell
    await writer.kv.txn({ if: [], do: [{ put: "/a/2", value: "y" }, { delete: "/a/1" }] });
    await clock.settle();
    expect(snapshots.slice(1).map(each => each.changed)).toEqual([["/a/1"], ["/a/2", "/a/1"]]);
    expect([...(snapshots.at(-1)?.kvs.keys() ?? [])]).toEqual(["/a/2"]);

    subscription.unsubscribe();
    await clock.settle();
    expect(clock.sleepers()).toBe(0);
  });

  it("leaves earlier snapshots as they were", async () => {
    const { clock, snapshots, put, start } = setUp();
    const subscription = start();
    await clock.settle();
    await put("/a/1");
    await clock.settle();
    expect(snapshots[0]?.kvs.size).toBe(0);
    subscription.unsubscribe();
  });

  it("goes stale once when the stream stays broken, and says when it is true again", async () => {
    const { clock, client, snapshots, put, start } = setUp();
    const subscription = start();
    await put("/a/1");
    await clock.settle();
    const before = snapshots.length;
    client.cut();
    await put("/a/2");
    await clock.advance(8_000 + 4_900);
    expect(snapshots.length).toBe(before);
    await clock.advance(20_000);
    expect(snapshots.slice(before)).toMatchObject([{ stale: true, changed: [] }]);
    client.heal();
    await clock.advance(4_000);
    expect(snapshots.slice(before + 1).map(({ stale, changed }) => ({ stale, changed }))).toEqual([
      { stale: false, changed: [] },
      { stale: false, changed: ["/a/2"] },
    ]);
    subscription.unsubscribe();
  });

  it("does not speak of a break that heals within moments", async () => {
    const { clock, world, client, snapshots, start } = setUp();
    const subscription = start();
    await clock.settle();
    const [member] = world.state();
    if (member) world.stopMember(member.id);
    await clock.advance(500);
    if (member) world.startMember(member.id);
    await clock.advance(10_000);
    expect(snapshots.map(each => each.stale)).toEqual([false]);
    expect(client.endpoints()).toHaveLength(1);
    subscription.unsubscribe();
  });

  it("lists anew and tells only the difference when its place in the history was compacted", async () => {
    const { clock, world, client, snapshots, writer, put, start } = setUp();
    for (const key of ["/a/stays", "/a/goes", "/a/changes"]) await put(key);
    const subscription = start();
    await clock.settle();
    client.cut();
    await clock.advance(9_000);
    await writer.kv.txn({ if: [], do: [{ delete: "/a/goes" }, { put: "/a/changes", value: "new" }] });
    await put("/a/comes");
    await put("/elsewhere");
    world.compact();
    client.heal();
    await clock.advance(5_000);
    const last = snapshots.at(-1);
    expect(new Set(last?.changed)).toEqual(new Set(["/a/goes", "/a/changes", "/a/comes"]));
    expect(new Set(last?.kvs.keys())).toEqual(new Set(["/a/stays", "/a/changes", "/a/comes"]));
    subscription.unsubscribe();
  });

  it("waits for an etcd that is not there yet", async () => {
    const { clock, client, put, last, start } = setUp();
    client.cut();
    const subscription = start();
    await clock.advance(30_000);
    expect(last()).toBeUndefined();
    client.heal();
    await put("/a/1");
    await clock.advance(3_000);
    expect(last()).toMatchObject({ stale: false });
    expect(last()?.kvs.size).toBe(1);
    subscription.unsubscribe();
  });

  it("lists again from time to time, and keeps quiet when nothing was missed", async () => {
    const { clock, client, snapshots, start } = setUp();
    let lists = 0;
    const list = client.kv.list;
    client.kv.list = prefix => {
      lists++;
      return list(prefix);
    };
    const subscription = start(10_000);
    await clock.advance(25_000);
    expect(lists).toBe(3);
    expect(snapshots).toHaveLength(1);
    subscription.unsubscribe();
  });

  it("ends with an error that waiting does not mend", async () => {
    const { clock, client, errors, start } = setUp();
    start();
    await clock.settle();
    client.close();
    await clock.advance(3_000);
    expect(errors).toMatchObject([{ kind: "closed" }]);
    expect(errors[0]).toBeInstanceOf(EtcdError);
    expect(clock.sleepers()).toBe(0);
  });
});
