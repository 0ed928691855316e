// Patience: an answer is waited for so long and no longer.
import type { Clock } from "../drivers/clock/port.ts";

/**
 * What `work` comes to, or undefined when it takes longer than `ms`: it is not called off then, but nobody hears of it
 * any more. Rejects when it fails in time.
 */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  const decided = new AbortController();
  try {
    return await Promise.race([work, clock.sleep(ms, decided.signal).then(() => undefined)]);
  } finally {
    decided.abort(null); // with a reason, and so without the cost of an error that nobody reads
  }
}
