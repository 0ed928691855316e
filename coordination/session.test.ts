import { describe, expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { openSession } from "./session.ts";

const TTL = 9;

async function setUp() {
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  const [client, observer] = [world.connect(), world.connect()];
  const session = await openSession({ leases: client.leases, clock, ttlSeconds: TTL });
  await client.kv.txn({ if: [], do: [{ put: "/mine", value: "x", lease: session.lease }] });
  let lostAt: number | undefined;
  let reason: string | undefined;
  void session.lost.then(recorded => {
    lostAt = clock.monotonic();
    reason = recorded;
  });
  const keyStands = async () => (await observer.kv.get("/mine")) !== undefined;
  return { clock, world, client, session, keyStands, lostAt: () => lostAt, reason: () => reason };
}

describe("session", () => {
  it("lives as long as it is renewed", async () => {
    const { clock, session, keyStands, lostAt } = await setUp();
    await clock.advance(300_000);
    expect(session.alive()).toBe(true);
    expect(lostAt()).toBeUndefined();
    expect(await keyStands()).toBe(true);
    await session.close();
    expect(await keyStands()).toBe(false);
    expect(session.alive()).toBe(false);
  });

  it("is given up at two thirds of its time, while etcd still holds the key", async () => {
    const { clock, client, session, keyStands, lostAt, reason } = await setUp();
    client.cut();
    await clock.advance(6_000 - 1);
    expect(session.alive()).toBe(true);
    await clock.advance(1);
    expect(session.alive()).toBe(false);
    expect(lostAt()).toBe(6_000);
    expect(reason()).toContain("not renewed within two thirds");
    expect(await keyStands()).toBe(true);
    await clock.advance(3_000);
    expect(await keyStands()).toBe(false);
  });

  it("survives an interruption shorter than that, by trying often", async () => {
    const { clock, client, session } = await setUp();
    await clock.advance(3_100);
    client.cut();
    await clock.advance(5_000);
    client.heal();
    await clock.advance(30_000);
    expect(session.alive()).toBe(true);
  });

  it("is over at once for a process that wakes after too long a stop", async () => {
    const { clock, session } = await setUp();
    await clock.advance(4_000);
    const asked: boolean[] = [];
    void clock.sleep(1_000).then(() => asked.push(session.alive()));
    await clock.leap(20_000);
    expect(asked).toEqual([false]);
  });

  it("does not come back to life by a late answer", async () => {
    const { clock, client, session } = await setUp();
    client.cut();
    await clock.advance(6_500);
    client.heal();
    await clock.advance(60_000);
    expect(session.alive()).toBe(false);
  });

  it("notices a stop of the process even when a good answer is what wakes it", async () => {
    const clock = fakeClock();
    const answerAfter = async () => {
      await clock.sleep(100);
      return TTL;
    };
    const leases = { grant: async () => ({ id: "7", ttl: TTL }), keepAlive: answerAfter, revoke: async () => {} };
    const session = await openSession({ leases, clock, ttlSeconds: TTL });
    await clock.advance(3_050); // renewed at 3 s, answered at 3.1 s
    await clock.leap(4_000); // past the deadline of 6 s, before the one that the answer would set
    expect(session.alive()).toBe(false);
  });

  it("knows at once when etcd has dropped the lease", async () => {
    const { clock, client, session, reason } = await setUp();
    await client.leases.revoke(session.lease);
    await clock.advance(3_000);
    expect(reason()).toContain("is gone from etcd");
  });

  it("is not shaken by wall time", async () => {
    const { clock, session } = await setUp();
    clock.shiftWall(3_600_000);
    await clock.advance(10_000);
    clock.shiftWall(-7_200_000);
    await clock.advance(10_000);
    expect(session.alive()).toBe(true);
  });

  it("leaves nothing running when closed", async () => {
    const { clock, session } = await setUp();
    await session.close();
    await clock.advance(TTL * 1000); // the twin's own timer of the lease
    expect(clock.sleepers()).toBe(0);
  });
});
