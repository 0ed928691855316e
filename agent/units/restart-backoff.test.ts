import { expect, it } from "vitest";
import { fakeClock } from "../../test/fakes/clock/clock.ts";
import { openRestartBackoff } from "./restart-backoff.ts";

/** Each wait at its longest. */
const longest = () => 1;

it("a unit that keeps ending waits ever longer for its next start, until it has run for long", async () => {
  const clock = fakeClock();
  const restartBackoff = openRestartBackoff(clock, longest);
  const waitMs = async () => {
    restartBackoff.started("a.service");
    const from = clock.monotonic();
    while (!restartBackoff.mayStart("a.service")) await clock.advance(1_000);
    return clock.monotonic() - from;
  };
  expect(restartBackoff.mayStart("a.service")).toBe(true);
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) waits.push(await waitMs());
  expect(waits).toEqual([15, 30, 60, 120, 240, 480, 600, 600].map(seconds => seconds * 1_000));
  expect(restartBackoff.mayStart("b.service")).toBe(true);
  await clock.advance(3_600_000);
  expect(await waitMs()).toBe(15_000);
});
