// Waits in a conformance suite that the real driver and the fake share, on the clock that each of them uses.

import type { Clock } from "../../drivers/clock/port.ts";
import { type FakeClock, fakeClock } from "../fakes/clock/clock.ts";

const pauseMs = 50;

/**
 * Repeats a probe until its value is neither undefined nor false, and resolves to the value. A probe that throws counts
 * as "not yet". Throws after `deadlineMs` with what was awaited and the last error.
 */
export async function eventually<T>(
  clock: Clock,
  awaited: string,
  deadlineMs: number,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = clock.monotonic() + deadlineMs;
  let last: unknown = "the probe found nothing";
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (clock.monotonic() > deadline)
      throw new Error(`waited ${deadlineMs} ms for ${awaited}: ${last}`, { cause: last });
    await clock.sleep(pauseMs);
  }
}

/** A fake clock that advances continuously, as fast as its sleepers can follow, until stopped. */
export function runningClock(): { clock: FakeClock; stop(): Promise<void> } {
  const clock = fakeClock();
  let running = true;
  const flow = (async () => {
    while (running) await clock.advance(10);
  })();
  return {
    clock,
    async stop() {
      running = false;
      await flow;
    },
  };
}
