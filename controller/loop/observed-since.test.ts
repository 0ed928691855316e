import { expect, it } from "vitest";
import { type Sight, watchOn } from "./observed-since.ts";

const START = Date.UTC(2026, 0, 1);
const sight = (ms: number, more: Partial<Sight> = {}): Sight => ({
  now: START + ms,
  monotonic: 5_000 + ms,
  leader: "s1",
  ...more,
});
const first = watchOn(undefined, sight(0));

it("goes on over looks that follow each other", () => {
  expect(watchOn(watchOn(first, sight(30_000)), sight(60_000)).since).toBe(START);
});

it.each([
  ["a pause", sight(50_000)],
  ["a new leader of the swarm", sight(1_000, { leader: "s2" })],
  ["a look that did not see all", sight(1_000, { leader: undefined })],
  ["a clock set forward by an hour", sight(1_000, { now: START + 3_601_000 })],
  ["a clock set back by an hour", sight(1_000, { now: START - 3_599_000 })],
])("begins anew after %s", (_, next) => {
  expect(watchOn(first, next).since).toBe(next.now);
});
