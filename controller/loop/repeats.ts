// Rounds that do the same again and again to no effect must not spin: the next ones wait, and longer each time.
import { backoffMs } from "../../drivers/clock/backoff.ts";
import { actionId } from "../plan/action-id.ts";
import type { Action } from "../plan/actions.ts";
import type { Memory } from "./memory.ts";

const PATIENT_REPEATS = 3;
const FIRST_PAUSE_MS = 400;
const MOST_PAUSE_MS = 5_000;

/** Keeps count of rounds that did just what the round before did. */
export function countRepeats(done: readonly Action[], memory: Memory): void {
  const now = JSON.stringify(done.map(actionId));
  memory.repeats = done.length > 0 && now === memory.lastDone ? memory.repeats + 1 : 0;
  memory.lastDone = now;
}

/** How long to wait before a round, in milliseconds: not at all, unless the last ones did one thing to no effect. */
export function pauseBefore({ repeats }: Pick<Memory, "repeats">, random: () => number): number {
  if (repeats < PATIENT_REPEATS) return 0;
  return backoffMs(repeats - PATIENT_REPEATS + 1, { firstMs: FIRST_PAUSE_MS, mostMs: MOST_PAUSE_MS, random });
}
