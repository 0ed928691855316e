// "Look again": rung by watches and events, heard by one loop. Rings while nobody listens are kept as one.
import type { Clock } from "../drivers/clock/port.ts";

export interface Bell {
  ring(): void;
  /**
   * Resolves at the next ring, at once when it rang since the last wait, or after `ms`; true when it has rung. Rejects
   * when aborted.
   */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

export function bell(clock: Clock): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!rung) {
        const waiting = new AbortController();
        const leave = () => waiting.abort(null);
        wake = leave;
        signal.addEventListener("abort", leave, { once: true });
        await clock.sleep(ms, waiting.signal).catch(() => {}); // only when it has rung, or is aborted
        signal.removeEventListener("abort", leave);
        wake = undefined;
        signal.throwIfAborted();
      }
      const heard = rung;
      rung = false;
      return heard;
    },
  };
}
