import { describe, expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { Deposed } from "./leadership.ts";
import { type Held, withLock } from "./lock.ts";

function setUp() {
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  const stop = new AbortController();
  function host(name: string, body: (held: Held) => Promise<string>) {
    const client = world.connect();
    const waitedFor: string[] = [];
    const result = withLock(
      {
        kv: client.kv,
        leases: client.leases,
        clock,
        key: "/locks/bootstrap",
        value: () => name,
        ttlSeconds: 9,
        signal: stop.signal,
        onWaiting: holder => waitedFor.push(holder.value),
        random: () => 0.5,
      },
      body,
    );
    result.catch(() => {}); // looked at later
    return { client, waitedFor, result };
  }
  return { clock, world, host, stop };
}

describe("withLock", () => {
  it("lets bodies run one after the other and hands on their results", async () => {
    const { clock, host } = setUp();
    const order: string[] = [];
    const body = (name: string) => async () => {
      order.push(`${name} begins`);
      await clock.sleep(30_000);
      order.push(`${name} ends`);
      return name;
    };
    const a = host("a", body("a"));
    await clock.settle();
    const b = host("b", body("b"));
    await clock.advance(61_000);
    expect(await Promise.all([a.result, b.result])).toEqual(["a", "b"]);
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
    expect(b.waitedFor).toEqual(["a"]);
  });

  it("is released when the body fails", async () => {
    const { clock, host, world } = setUp();
    const a = host("a", () => Promise.reject(new Error("no disk")));
    await expect(a.result).rejects.toThrow("no disk");
    await clock.settle();
    expect(world.store.get("/locks/bootstrap")).toBeUndefined();
  });

  it("passes on from a holder that fell silent, whose writes then fail", async () => {
    const { clock, host } = setUp();
    let held: Held | undefined;
    const forever = new Promise<string>(() => {});
    const a = host("a", taken => {
      held = taken;
      return forever;
    });
    await clock.settle();
    const b = host("b", async () => "b");
    a.client.cut();
    await clock.advance(9_500);
    expect(await b.result).toBe("b");
    a.client.heal();
    expect(held?.alive()).toBe(false);
    expect(held?.signal.reason).toBeInstanceOf(Deposed);
    await expect(held?.kv.txn({ if: [], do: [{ put: "/x", value: "y" }] })).rejects.toBeInstanceOf(Deposed);
  });

  it("gives up waiting when told to", async () => {
    const { clock, host, stop } = setUp();
    const forever = new Promise<string>(() => {});
    host("a", () => forever);
    await clock.settle();
    const b = host("b", async () => "b");
    await clock.settle();
    const reason = new Error("shutting down");
    stop.abort(reason);
    await expect(b.result).rejects.toBe(reason);
  });
});
