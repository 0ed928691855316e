// When the agent may start a unit again that has ended: soon at first, then after ever longer waits.
import { backoffMs } from "../../drivers/clock/backoff.ts";
import type { Clock } from "../../drivers/clock/port.ts";

const FIRST_WAIT_MS = 15_000;
/** A unit that has run for twice as long starts from the first wait again. */
const MAX_WAIT_MS = 600_000;

export interface RestartBackoff {
  /** Whether this unit, which has ended or was stopped, may be started again now. */
  mayStart(unit: string): boolean;
  /** Notes that the unit is being started again. */
  started(unit: string): void;
}

/** `random`: from 0 to 1, spreads the waits. */
export function openRestartBackoff(clock: Clock, random: () => number): RestartBackoff {
  const restarts = new Map<string, { at: number; count: number; waitMs: number }>();
  return {
    mayStart(unit) {
      const last = restarts.get(unit);
      return last === undefined || clock.monotonic() - last.at >= last.waitMs;
    },
    started(unit) {
      const at = clock.monotonic();
      const last = restarts.get(unit);
      const isReset = last === undefined || at - last.at > 2 * MAX_WAIT_MS;
      const count = isReset ? 1 : last.count + 1;
      // A unit that fails each time is not worth a start every few seconds, and repeated starts may do harm.
      const waitMs = backoffMs(count, { firstMs: FIRST_WAIT_MS, mostMs: MAX_WAIT_MS, random });
      restarts.set(unit, { at, count, waitMs });
    },
  };
}
