import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { conflate } from "./conflate.ts";

/** Work that ends when told, and counts its runs. */
function workshop() {
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
  it("makes one run of all triggers that come during a run, and loses none", async () => {
    const { runs, finish, work } = workshop();
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

  it("runs no more once nobody listens", async () => {
    const { runs, finish, work } = workshop();
    const triggers = new Subject<void>();
    const subscription = conflate(triggers, work).subscribe();
    triggers.next();
    triggers.next();
    subscription.unsubscribe();
    await finish();
    expect(runs()).toBe(1);
  });

  it("hands a failure on", async () => {
    const triggers = new Subject<void>();
    const failure = new Promise(resolve =>
      conflate(triggers, () => Promise.reject(new Error("broken"))).subscribe({ error: resolve }),
    );
    triggers.next();
    expect(await failure).toMatchObject({ message: "broken" });
  });
});
