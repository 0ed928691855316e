import { expect, it } from "vitest";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { openPollInterval } from "./poll-interval.ts";

it("units are polled every second after a change, then every 5 s, and at the usual rate after ten minutes", async () => {
  const clock = fakeClock();
  const pollInterval = openPollInterval(clock);
  expect(pollInterval.ms()).toBe(Number.POSITIVE_INFINITY);
  pollInterval.shorten();
  const intervals: number[] = [];
  for (const ms of [0, 29_999, 1, 569_999, 1]) {
    await clock.advance(ms);
    intervals.push(pollInterval.ms());
  }
  expect(intervals).toEqual([1_000, 1_000, 5_000, 5_000, Number.POSITIVE_INFINITY]);
});
