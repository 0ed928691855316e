// Actions that run when a condition has held for a time: the only way in which the fake of docker acts on its own.
import type { Clock } from "../../../drivers/clock/port.ts";

export interface Watchdogs {
  /**
   * Runs `act` once if `holds` stays true for `ms`. False cancels the wait. A key that is already waiting keeps its
   * wait.
   */
  watch(key: string, holds: boolean, ms: number, act: () => void): void;
  /** Cancels the waits of all keys that were not watched since the last `sweep`, because their subject is removed. */
  sweep(): void;
  close(): void;
}

export function watchdogs(clock: Clock): Watchdogs {
  const waiting = new Map<string, AbortController>();
  const watched = new Set<string>();

  const cancel = (key: string) => {
    waiting.get(key)?.abort(null);
    waiting.delete(key);
  };

  return {
    watch(key, holds, ms, act) {
      watched.add(key);
      if (!holds) return cancel(key);
      if (waiting.has(key)) return;
      const wait = new AbortController();
      waiting.set(key, wait);
      clock.sleep(ms, wait.signal).then(
        () => {
          if (waiting.get(key) !== wait) return;
          waiting.delete(key);
          act();
        },
        () => {},
      );
    },
    sweep() {
      for (const key of [...waiting.keys()]) if (!watched.has(key)) cancel(key);
      watched.clear();
    },
    close() {
      for (const key of [...waiting.keys()]) cancel(key);
    },
  };
}
