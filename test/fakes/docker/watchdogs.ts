// "When this has held for so long, do that": the twin's only notion of things that happen by themselves.
import type { Clock } from "../../../drivers/clock/port.ts";

export interface Watchdogs {
  /**
   * Runs `act` once when `holds` was told true for `ms` without a break; told false, the wait is off. A key that was
   * told true already keeps the wait that it has.
   */
  inform(key: string, holds: boolean, ms: number, act: () => void): void;
  /** Calls off whatever was not told of since the last `sweep`: its subject is gone. */
  sweep(): void;
  close(): void;
}

export function watchdogs(clock: Clock): Watchdogs {
  const waiting = new Map<string, AbortController>();
  const told = new Set<string>();

  const callOff = (key: string) => {
    waiting.get(key)?.abort(null);
    waiting.delete(key);
  };

  return {
    inform(key, holds, ms, act) {
      told.add(key);
      if (!holds) return callOff(key);
      if (waiting.has(key)) return;
      const off = new AbortController();
      waiting.set(key, off);
      clock.sleep(ms, off.signal).then(
        () => {
          if (waiting.get(key) !== off) return;
          waiting.delete(key);
          act();
        },
        () => {},
      );
    },
    sweep() {
      for (const key of [...waiting.keys()]) if (!told.has(key)) callOff(key);
      told.clear();
    },
    close() {
      for (const key of [...waiting.keys()]) callOff(key);
    },
  };
}
