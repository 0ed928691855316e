import { expect, it } from "vitest";
import { fakeClock } from "../test/fakes/clock/clock.ts";
import { createWakeup } from "./wakeup.ts";

const open = new AbortController().signal;

it("wakes who waits, and keeps one ring for who comes later", async () => {
  const clock = fakeClock();
  const wakeup = createWakeup(clock);
  let woken = 0;
  const waitOnce = async () => {
    await wakeup.wait(60_000, open);
    woken += 1;
  };
  void waitOnce();
  await clock.settle();
  wakeup.wake();
  await clock.settle();
  expect(woken).toBe(1);
  wakeup.wake();
  wakeup.wake();
  await waitOnce();
  expect(woken).toBe(2);
  void waitOnce();
  await clock.settle();
  expect(woken).toBe(2);
  await clock.advance(60_000);
  expect(woken).toBe(3);
  expect(clock.sleepers()).toBe(0);
});

it("rejects who is told to stop", async () => {
  const clock = fakeClock();
  const stop = new AbortController();
  const waiting = createWakeup(clock).wait(60_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(createWakeup(clock).wait(1, stop.signal)).rejects.toThrow("enough");
});
