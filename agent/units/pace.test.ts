import { describe, expect, it } from "vitest";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { openPacing } from "./pace.ts";

/** Each wait at its longest. */
const longest = () => 1;

describe("the pace", () => {
  it("of looks is quick after a change, and usual in the end", async () => {
    const clock = fakeClock();
    const pacing = openPacing(clock, longest);
    expect(pacing.pollMs()).toBe(Number.POSITIVE_INFINITY);
    pacing.touched();
    const seen: number[] = [];
    for (const ms of [0, 29_999, 1, 569_999, 1]) {
      await clock.advance(ms);
      seen.push(pacing.pollMs());
    }
    expect(seen).toEqual([1_000, 1_000, 5_000, 5_000, Number.POSITIVE_INFINITY]);
  });

  it("of starts slows down while a unit does not hold out, and forgives one that did", async () => {
    const clock = fakeClock();
    const pacing = openPacing(clock, longest);
    const restMs = async () => {
      pacing.startedAgain("a.service");
      const from = clock.monotonic();
      while (!pacing.mayStartAgain("a.service")) await clock.advance(1_000);
      return clock.monotonic() - from;
    };
    expect(pacing.mayStartAgain("a.service")).toBe(true);
    const rests: number[] = [];
    for (let n = 0; n < 8; n++) rests.push(await restMs());
    expect(rests).toEqual([15, 30, 60, 120, 240, 480, 600, 600].map(seconds => seconds * 1_000));
    expect(pacing.mayStartAgain("b.service")).toBe(true);
    await clock.advance(3_600_000);
    expect(await restMs()).toBe(15_000);
  });
});
