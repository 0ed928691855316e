import { describe, expect, it } from "vitest";
import { systemClock } from "../../../drivers/clock/real.ts";
import { fakeClock } from "../../fakes/clock/clock.ts";
import { clockSuite } from "./suite.ts";

clockSuite("system", () => ({ clock: systemClock, advance: ms => systemClock.sleep(ms) }));
clockSuite("virtual", () => {
  const clock = fakeClock();
  return { clock, advance: clock.advance };
});

describe("the virtual clock", () => {
  it("runs the work of a woken sleeper before it wakes the next one", async () => {
    const clock = fakeClock();
    const seen: number[] = [];
    void (async () => {
      await clock.sleep(10);
      seen.push(clock.monotonic());
      await clock.sleep(10);
      seen.push(clock.monotonic());
    })();
    void clock.sleep(30).then(() => seen.push(clock.monotonic()));
    await clock.advance(100);
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.monotonic()).toBe(100);
    expect(clock.sleepers()).toBe(0);
  });

  it("wakes all sleepers late after a leap", async () => {
    const clock = fakeClock();
    const seen: number[] = [];
    for (const ms of [10, 20]) void clock.sleep(ms).then(() => seen.push(clock.monotonic()));
    await clock.leap(50);
    expect(seen).toEqual([50, 50]);
  });

  it("shifts wall time without monotonic time", async () => {
    const clock = fakeClock(0);
    await clock.advance(5);
    clock.shiftWall(3_600_000);
    expect([clock.now(), clock.monotonic()]).toEqual([3_600_005, 5]);
  });

  it("advances until a condition holds, and throws if it never does", async () => {
    const clock = fakeClock();
    let done = false;
    void clock.sleep(25).then(() => {
      done = true;
    });
    expect(await clock.until(() => done, 100)).toBe(25);
    await expect(clock.until(() => false, 100)).rejects.toThrow("did not hold within 100 ms");
  });
});
