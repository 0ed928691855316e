import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { conflate } from "./conflate.ts";

/** Work that the test ends, with a count of its runs. */
function setUp() {
  const ends: (() => void)[] = [];
  return {
    runs: () => ends.length,
    finish: async () => {
      ends.at(-1)?.();
      await new Promise(resolve => setImmediate(resolve));
    },
    work: () => new Promise<number>(resolve => ends.push(() => resolve(ends.length))),
  };
}

describe("conflate", () => {
  it("merges all triggers during a run into one more run", async () => {
    const { runs, finish, work } = setUp();
    const triggers = new Subject<void>();
    const results: number[] = [];
    conflate(triggers, work).subscribe(result => results.push(result));
    triggers.next();
    for (let n = 0; n < 5; n++) triggers.next();
    expect(runs()).toBe(1);
    await finish();
    expect(runs()).toBe(2);
    await finish();
    expect(runs()).toBe(2);
    expect(results).toEqual([1, 2]);
    triggers.next();
    expect(runs()).toBe(3);
  });

  it("starts no run after the subscriber has left", async () => {
    const { runs, finish, work } = setUp();
    const triggers = new Subject<void>();
    const subscription = conflate(triggers, work).subscribe();
    triggers.next();
    triggers.next();
    subscription.unsubscribe();
    await finish();
    expect(runs()).toBe(1);
  });

  it("passes a failure to the subscriber", async () => {
    const triggers = new Subject<void>();
    const failure = new Promise(resolve =>
      conflate(triggers, () => Promise.reject(new Error("broken"))).subscribe({ error: resolve }),
    );
    triggers.next();
    expect(await failure).toMatchObject({ message: "broken" });
  });
});
