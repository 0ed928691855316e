// "Look again": rung by watches and events, heard by one loop. Rings while nobody listens are kept as one.
import type { Clock } from "../drivers/clock/port.ts";

export interface Bell {
  ring(): void;
  /** Resolves at the next ring, at once when it rang since the last wait, or after `ms`. Rejects when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function bell(clock: Clock): Bell {
  let rung = false;
  let wake: AbortController | undefined;
  return {
    ring() {
      rung = true;
      wake?.abort();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!rung) {
        const waiting = new AbortController();
        wake = waiting;
        try {
          await clock.sleep(ms, AbortSignal.any([signal, waiting.signal]));
        } catch (error) {
          if (!waiting.signal.aborted || signal.aborted) throw error;
        } finally {
          wake = undefined;
        }
      }
      rung = false;
    },
  };
}
