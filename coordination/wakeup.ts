// "Look again": rung by watches and events, heard by one loop. Rings while nobody listens are kept as one.
import type { Clock } from "../drivers/clock/port.ts";

export interface Wakeup {
  wake(): void;
  /**
   * Resolves at the next ring, at once when it rang since the last wait, or after `ms`; true when it has rung. Rejects
   * when aborted.
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
        const leave = () => waiting.abort(null);
        resume = leave;
        signal.addEventListener("abort", leave, { once: true });
        await clock.sleep(ms, waiting.signal).catch(() => {}); // only when it has rung, or is aborted
        signal.removeEventListener("abort", leave);
        resume = undefined;
        signal.throwIfAborted();
      }
      const heard = woken;
      woken = false;
      return heard;
    },
  };
}
