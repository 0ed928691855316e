// A time limit for an answer.
import type { Clock } from "../drivers/clock/port.ts";

/**
 * The result of `work`, or undefined if it takes longer than `ms`. The work is not cancelled, but its result is
 * ignored. Rejects if it fails in time.
 */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const decided = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ms, decided.signal).then(() => undefined)]);
  } finally {
    decided.abort(null); // an explicit reason saves the cost of creating an error
  }
}
