import { expect, it } from "vitest";
import { virtualClock } from "../test/fakes/clock/clock.ts";
import { bell } from "./wakeup.ts";

const open = new AbortController().signal;

it("wakes who waits, and keeps one ring for who comes later", async () => {
  const clock = virtualClock();
  const news = bell(clock);
  let woken = 0;
  const hear = async () => {
    await news.wait(60_000, open);
    woken += 1;
  };
  void hear();
  await clock.settle();
  news.ring();
  await clock.settle();
  expect(woken).toBe(1);
  news.ring();
  news.ring();
  await hear();
  expect(woken).toBe(2);
  void hear();
  await clock.settle();
  expect(woken).toBe(2);
  await clock.advance(60_000);
  expect(woken).toBe(3);
  expect(clock.sleepers()).toBe(0);
});

it("rejects who is told to stop", async () => {
  const clock = virtualClock();
  const stop = new AbortController();
  const waiting = bell(clock).wait(60_000, stop.signal);
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(bell(clock).wait(1, stop.signal)).rejects.toThrow("enough");
});
