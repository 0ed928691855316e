// A clock that a test or a simulation moves. Everything that can run has run before time moves on, so the same script
// always gives the same history.
import type { Clock } from "../../../drivers/clock/port.ts";

export interface FakeClock extends Clock {
  /**
   * Lets `ms` pass. Each sleeper wakes at its own time, in order, and everything that it starts runs before the next.
   */
  advance(ms: number): Promise<void>;
  /** Lets `ms` pass at once, as for a stopped process: all sleepers that are due wake late, at the new time. */
  leap(ms: number): Promise<void>;
  /** Moves wall time by `ms`, as an operator or NTP does. `monotonic` and sleeps are not affected. */
  shiftWall(ms: number): void;
  /** Runs everything that can run without time passing. */
  settle(): Promise<void>;
  /**
   * Moves time from one sleeper to the next until `condition` holds. Resolves to the time in ms. Throws after
   * `limitMs`.
   */
  until(condition: () => boolean, limitMs: number): Promise<number>;
  /** The number of sleepers. Zero at the end of a test proves that nothing still runs. */
  sleepers(): number;
}

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** A clock that stands still until it is moved. `startMs`: its first wall time, milliseconds since 1970. */
export function fakeClock(startMs = Date.UTC(2024, 0, 1)): FakeClock {
  let elapsed = 0;
  let wallOffset = startMs;
  const sleepers: Sleeper[] = []; // by due time; equal ones in the order of their calls

  function earliest(limit: number): Sleeper | undefined {
    const first = sleepers[0];
    return first !== undefined && first.due <= limit ? first : undefined;
  }

  async function wakeUpTo(limit: number): Promise<void> {
    await settle();
    for (let next = earliest(limit); next !== undefined; next = earliest(limit)) {
      elapsed = Math.max(elapsed, next.due);
      next.wake();
      await settle();
    }
  }

  const clock: FakeClock = {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const leave = () => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          signal?.removeEventListener("abort", abort);
        };
        const abort = () => {
          leave();
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          due: elapsed + Math.max(0, ms),
          wake() {
            leave();
            resolve();
          },
        };
        signal?.addEventListener("abort", abort, { once: true });
        const later = sleepers.findIndex(other => other.due > sleeper.due);
        sleepers.splice(later < 0 ? sleepers.length : later, 0, sleeper);
      });
    },
    async advance(ms) {
      const end = elapsed + ms;
      await wakeUpTo(end);
      elapsed = Math.max(elapsed, end);
    },
    async leap(ms) {
      await settle();
      elapsed += ms;
      await wakeUpTo(elapsed);
    },
    shiftWall(ms) {
      wallOffset += ms;
    },
    settle,
    async until(condition, limitMs) {
      const start = elapsed;
      await settle();
      while (!condition()) {
        const next = earliest(start + limitMs);
        if (next === undefined) throw new Error(`the condition did not hold within ${limitMs} ms: ${condition}`);
        await wakeUpTo(next.due);
      }
      return elapsed - start;
    },
    sleepers: () => sleepers.length,
  };
  return clock;
}

/** Waits for one turn of the event loop, which comes only when no promise callback is left to run. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
