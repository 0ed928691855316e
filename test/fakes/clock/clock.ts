// Time that a test or a simulation turns by hand. Between two moments everything that can run has run,
// so the same script gives the same history each time.
import type { Clock } from "../../../drivers/clock/port.ts";

export interface FakeClock extends Clock {
  /** Lets `ms` pass: each sleep that falls due is woken at its own moment, in order, and what it starts runs before the next. */
  advance(ms: number): Promise<void>;
  /** Lets `ms` pass at once, as for a process that was stopped meanwhile: sleepers wake late, all at the new time. */
  leap(ms: number): Promise<void>;
  /** Sets wall time off by `ms` more, as an operator or NTP does; `monotonic` and sleeps do not notice. */
  shiftWall(ms: number): void;
  /** Runs whatever can run without time passing. */
  settle(): Promise<void>;
  /** Turns time from one wake-up to the next until `condition` holds; throws after `limitMs`. Returns the time that passed. */
  until(condition: () => boolean, limitMs: number): Promise<number>;
  /** The number of sleepers: zero at the end of a test proves that nothing was left running. */
  sleepers(): number;
}

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** A clock that stands still until told. `startMs` is its first wall time. */
export function fakeClock(startMs = Date.UTC(2024, 0, 1)): FakeClock {
  let elapsed = 0;
  let wallOffset = startMs;
  const sleepers: Sleeper[] = []; // by due time, first come first woken among equals

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

/** A turn of the event loop comes only when no promise is left to run. */
function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
