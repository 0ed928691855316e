// Slows down rounds that repeat the same actions without effect: each wait is longer than the last one.
import { backoffMs } from "../../drivers/clock/backoff.ts";
import { actionId } from "../plan/action-id.ts";
import type { Action } from "../plan/actions.ts";
import type { Memory } from "./memory.ts";

/** This many repeats run without a wait. */
const FREE_REPEATS = 3;
const FIRST_PAUSE_MS = 400;
const MOST_PAUSE_MS = 5_000;

/** Counts the rounds in a row that ran the same actions. */
export function countRepeats(done: readonly Action[], memory: Memory): void {
  const now = JSON.stringify(done.map(actionId));
  memory.repeats = done.length > 0 && now === memory.lastDone ? memory.repeats + 1 : 0;
  memory.lastDone = now;
}

/**
 * The wait before the next round, in milliseconds; 0 unless the last rounds repeated the same actions. `random`: in
 * [0, 1).
 */
export function pauseBefore({ repeats }: Pick<Memory, "repeats">, random: () => number): number {
  if (repeats < FREE_REPEATS) return 0;
  return backoffMs(repeats - FREE_REPEATS + 1, { firstMs: FIRST_PAUSE_MS, mostMs: MOST_PAUSE_MS, random });
}
