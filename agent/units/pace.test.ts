import { describe, expect, it } from "vitest";
import { virtualClock } from "../../test/fakes/clock/clock.ts";
import { openPace } from "./pace.ts";

/** Each wait at its longest. */
const longest = () => 1;

describe("the pace", () => {
  it("of looks is quick after a change, and usual in the end", async () => {
    const clock = virtualClock();
    const pace = openPace(clock, longest);
    expect(pace.lookMs()).toBe(Number.POSITIVE_INFINITY);
    pace.touched();
    const seen: number[] = [];
    for (const ms of [0, 29_999, 1, 569_999, 1]) {
      await clock.advance(ms);
      seen.push(pace.lookMs());
    }
    expect(seen).toEqual([1_000, 1_000, 5_000, 5_000, Number.POSITIVE_INFINITY]);
  });

  it("of starts slows down while a unit does not hold out, and forgives one that did", async () => {
    const clock = virtualClock();
    const pace = openPace(clock, longest);
    const restMs = async () => {
      pace.startedAgain("a.service");
      const from = clock.monotonic();
      while (!pace.mayStartAgain("a.service")) await clock.advance(1_000);
      return clock.monotonic() - from;
    };
    expect(pace.mayStartAgain("a.service")).toBe(true);
    const rests: number[] = [];
    for (let n = 0; n < 8; n++) rests.push(await restMs());
    expect(rests).toEqual([15, 30, 60, 120, 240, 480, 600, 600].map(seconds => seconds * 1_000));
    expect(pace.mayStartAgain("b.service")).toBe(true);
    await clock.advance(3_600_000);
    expect(await restMs()).toBe(15_000);
  });
});
