// Waiting in a suite that a real part and its twin share: on whichever clock the part runs on.
import { virtualClock } from "../../drivers/clock/memory.ts";
import type { Clock } from "../../drivers/clock/port.ts";

const pauseMs = 50;

/**
 * Looks until there is something other than undefined or false, and returns it. A look that throws counts as "not yet".
 * Throws after `deadlineMs`, telling what was awaited and what went wrong last.
 */
export async function eventually<T>(
  clock: Clock,
  awaited: string,
  deadlineMs: number,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = clock.monotonic() + deadlineMs;
  let last: unknown = "it was not so";
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (clock.monotonic() > deadline)
      throw new Error(`waited ${deadlineMs} ms for ${awaited}: ${last}`, { cause: last });
    await clock.sleep(pauseMs);
  }
}

/** A virtual clock that turns by itself as fast as everything on it can follow, until stopped. */
export function flyingClock(): { clock: Clock; stop(): void } {
  const clock = virtualClock();
  let flying = true;
  void (async () => {
    while (flying) await clock.advance(10);
  })();
  return {
    clock,
    stop() {
      flying = false;
    },
  };
}
