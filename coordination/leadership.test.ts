import { describe, expect, it } from "vitest";
import type { KeyValue } from "../drivers/etcd/port.ts";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { type FakeEtcdClient, fakeEtcd } from "../test/fakes/etcd/etcd.ts";
import { type CampaignOptions, campaign, Deposed, fenced, type Term } from "./leadership.ts";

const KEY = "/leader";

function setUp() {
  const clock = fakeClock();
  const world = fakeEtcd(clock);
  /** A candidate that takes each term it gets until the term ends. */
  function candidate(name: string) {
    const client = world.connect();
    const stop = new AbortController();
    const terms: Term[] = [];
    const holders: string[] = [];
    const options: CampaignOptions = {
      kv: client.kv,
      leases: client.leases,
      clock,
      key: KEY,
      value: () => `${name} ${clock.now()}`,
      ttlSeconds: 9,
      signal: stop.signal,
      onWaiting: (holder: KeyValue) => holders.push(holder.value.split(" ", 1).join()),
      random: () => 0.5,
    };
    const finished = (async () => {
      for await (const term of campaign(options)) {
        terms.push(term);
        await term.ended;
      }
    })();
    return { client, terms, holders, finished, stop: () => stop.abort(), leads: () => terms.at(-1)?.alive() === true };
  }
  return { clock, world, candidate };
}

const write = (client: FakeEtcdClient, term: Term, key = "/w") =>
  fenced(client.kv, term).txn({ if: [], do: [{ put: key, value: "x" }] });

function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error("nothing there");
  return first;
}

describe("campaign", () => {
  it("lets one lead, tells the others who, and hands over at once on resignation", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const b = candidate("b");
    await clock.settle();
    expect([a.leads(), b.leads()]).toEqual([true, false]);
    expect(b.holders).toEqual(["a"]);
    a.stop();
    await clock.settle();
    expect([a.leads(), b.leads()]).toEqual([false, true]);
    await a.finished;
  });

  it("writes into the key what is true at the election, not at the candidacy", async () => {
    const { clock, world, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const b = candidate("b");
    await clock.advance(600_000);
    a.stop();
    await clock.until(() => b.leads(), 20_000);
    const key = world.store.get(KEY);
    expect(key?.value).toBe(`b ${clock.now()}`);
    // The transaction that created the key is the only one that has written it: its revision is the fence.
    expect(key).toMatchObject({ createRevision: only(b.terms).fence.value, modRevision: key?.createRevision });
  });

  it("stops a cut-off leader before the next one begins", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const b = candidate("b");
    await clock.advance(10_000);
    a.client.cut();
    const stopped = await clock.until(() => !a.leads(), 20_000);
    expect(b.leads()).toBe(false);
    const succeeded = await clock.until(() => b.leads(), 20_000);
    expect(stopped).toBeLessThanOrEqual(6_000);
    expect(stopped + succeeded).toBeLessThanOrEqual(9_000);
  });

  it("refuses a deposed leader's writes by the fence, even where it believes itself alive", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const term = only(a.terms);
    const gullible: Term = { ...term, alive: () => true };
    a.stop();
    await clock.settle();
    await expect(write(a.client, gullible)).rejects.toBeInstanceOf(Deposed);
    await expect(write(a.client, term)).rejects.toBeInstanceOf(Deposed);
    expect(await a.client.kv.get("/w")).toBeUndefined();
  });

  it("tells the caller's own failed condition from a lost fence", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const term = only(a.terms);
    const absent = { if: [{ key: "/x", target: "mod", op: ">", value: 0 }], do: [{ put: "/x", value: "y" }] } as const;
    expect((await fenced(a.client.kv, term).txn(absent)).succeeded).toBe(false);
    const gullible: Term = { ...term, alive: () => true };
    await term.resign();
    await expect(fenced(a.client.kv, gullible).txn(absent)).rejects.toBeInstanceOf(Deposed);
  });

  it("recognises its own key after an answer that was lost", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    a.client.loseAnswers(1);
    await clock.advance(5_999);
    expect(a.leads()).toBe(false);
    await clock.advance(1);
    expect(a.leads()).toBe(true);
    expect(a.holders).toEqual([]);
  });

  it("ends the term when the key is deleted by hand, and stands again", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    await a.client.kv.txn({ if: [], do: [{ delete: KEY }] });
    await clock.settle();
    expect(await only(a.terms).ended).toBe("the key was deleted");
    await clock.advance(1_000);
    expect(a.terms).toHaveLength(2);
    expect(a.leads()).toBe(true);
  });

  it("aborts the term's signal with the reason", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const { signal } = only(a.terms);
    a.client.cut();
    await clock.advance(6_000);
    expect(signal.reason).toBeInstanceOf(Deposed);
    expect(String(signal.reason)).toContain("two thirds");
  });

  it("goes on waiting through compaction and a broken stream, and writes nothing meanwhile", async () => {
    const { clock, world, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const b = candidate("b");
    await clock.settle();
    const revision = world.store.revision;
    await clock.advance(120_000);
    expect(world.store.revision).toBe(revision);
    b.client.cut();
    await clock.advance(9_000);
    await a.client.kv.txn({ if: [], do: [{ put: "/other", value: "x" }] });
    world.compact();
    b.client.heal();
    await clock.advance(5_000);
    expect(b.holders).toEqual(["a"]);
    a.stop();
    await clock.settle();
    expect(b.leads()).toBe(true);
  });

  it("takes the vacancy after a leader that died without a word", async () => {
    const { clock, candidate } = setUp();
    const a = candidate("a");
    await clock.settle();
    const b = candidate("b");
    await clock.advance(1_000);
    a.client.close(); // renewals fail from now on
    a.finished.catch(() => {});
    expect(await clock.until(() => b.leads(), 20_000)).toBeLessThanOrEqual(9_000);
    await expect(a.finished).rejects.toMatchObject({ kind: "closed" });
  });

  it("never has two that can write, whatever is cut and healed", async () => {
    const { clock, candidate } = setUp();
    const all = ["a", "b", "c"].map(candidate);
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 200; round++) {
      for (const each of all) {
        if (random() < 0.2) each.client.cut();
        else if (random() < 0.5) each.client.heal();
      }
      await clock.advance(Math.floor(random() * 4_000));
      expect(all.filter(each => each.leads()).length).toBeLessThanOrEqual(1);
    }
    for (const each of all) each.client.heal();
    await clock.until(() => all.some(each => each.leads()), 30_000);
    expect(all.reduce((sum, each) => sum + each.terms.length, 0)).toBeGreaterThan(5);
  });
});
