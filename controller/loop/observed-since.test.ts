import { expect, it } from "vitest";
import { continueWatch, type ObservedNow } from "./observed-since.ts";

const START = Date.UTC(2026, 0, 1);
const observed = (ms: number, more: Partial<ObservedNow> = {}): ObservedNow => ({
  now: START + ms,
  monotonic: 5_000 + ms,
  leader: "s1",
  ...more,
});
const first = continueWatch(undefined, observed(0));

it("the watch continues over regular observations", () => {
  expect(continueWatch(continueWatch(first, observed(30_000)), observed(60_000)).since).toBe(START);
});

it.each([
  ["a pause", observed(50_000)],
  ["a new leader of the swarm", observed(1_000, { leader: "s2" })],
  ["an observation without one raft", observed(1_000, { leader: undefined })],
  ["a clock set forward by an hour", observed(1_000, { now: START + 3_601_000 })],
  ["a clock set back by an hour", observed(1_000, { now: START - 3_599_000 })],
])("the watch starts again after %s", (_, next) => {
  expect(continueWatch(first, next).since).toBe(next.now);
});
