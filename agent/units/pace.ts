// How often units are looked at, and when one that is down is started again: soon at first, then ever less often.

import { createWakeup, type Wakeup } from "../../coordination/wakeup.ts";
import { backoffMs } from "../../drivers/clock/backoff.ts";
import type { Clock } from "../../drivers/clock/port.ts";

/** After a change a leader waits for our word; a while later something may still turn out to be wrong. */
const POLL_INTERVALS = [
  { untilMs: 30_000, everyMs: 1_000 },
  { untilMs: 600_000, everyMs: 5_000 },
];
const FIRST_REST_MS = 15_000;
/** One that has held out for twice as long is forgiven. */
const MOST_REST_MS = 600_000;

export interface Pacing {
  /** Units have been changed or started just now. */
  touched(): void;
  /** Until the next look; infinity where the usual slow one does. */
  pollMs(): number;
  /** May this unit, which has ended or was stopped, be started again? */
  mayStartAgain(unit: string): boolean;
  /** Rung by each change, for the one who watches what a unit runs. */
  readonly changed: Wakeup;
  /** It is being started again. */
  startedAgain(unit: string): void;
}

/** `random`: from 0 to 1, spreads the waits before a unit is started again. */
export function openPacing(clock: Clock, random: () => number): Pacing {
  const changed = createWakeup(clock);
  let touchedAt = Number.NEGATIVE_INFINITY;
  const again = new Map<string, { at: number; count: number; restMs: number }>();
  return {
    touched() {
      touchedAt = clock.monotonic();
      changed.wake();
    },
    changed,
    pollMs: () => pollAfter(clock.monotonic() - touchedAt),
    mayStartAgain(unit) {
      const last = again.get(unit);
      return last === undefined || clock.monotonic() - last.at >= last.restMs;
    },
    startedAgain(unit) {
      const at = clock.monotonic();
      const last = again.get(unit);
      const forgiven = last === undefined || at - last.at > 2 * MOST_REST_MS;
      const count = forgiven ? 1 : last.count + 1;
      // What fails each time is not worth a start every few seconds, and may harm by being repeated.
      const restMs = backoffMs(count, { firstMs: FIRST_REST_MS, mostMs: MOST_REST_MS, random });
      again.set(unit, { at, count, restMs });
    },
  };
}

const pollAfter = (ms: number): number =>
  POLL_INTERVALS.find(({ untilMs }) => ms < untilMs)?.everyMs ?? Number.POSITIVE_INFINITY;
