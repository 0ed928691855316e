// The signal that wakes a loop, sent by watches and events. While the loop is busy, one signal is stored.
import type { Clock } from "../drivers/clock/port.ts";

export interface Wakeup {
  /** Wakes the waiting loop, or its next wait. */
  wake(): void;
  /**
   * Resolves at the next `wake()`, at once if one came since the last wait, or after `ms`. True if it was woken.
   * Rejects with the signal's reason on an abort.
   */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

export function createWakeup(clock: Clock): Wakeup {
  let woken = false;
  let resume: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      resume?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!woken) {
        const waiting = new AbortController();
        const end = () => waiting.abort(null);
        resume = end;
        signal.addEventListener("abort", end, { once: true });
        await clock.sleep(ms, waiting.signal).catch(() => {}); // aborted by wake() or by the signal
        signal.removeEventListener("abort", end);
        resume = undefined;
        signal.throwIfAborted();
      }
      const wasWoken = woken;
      woken = false;
      return wasWoken;
    },
  };
}
