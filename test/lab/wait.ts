// Waits for a condition with a deadline. On failure the error contains the last observation.
import { setTimeout as sleep } from "node:timers/promises";
import { LabError, messageOf } from "./error.ts";

/**
 * Observes once. Resolves to the awaited value, or to undefined or false for "not yet", and reports by `saw` why not.
 */
export type Probe<T> = (saw: (what: string) => void) => Promise<T | undefined | false>;

/**
 * Repeats a probe until it has a value, and resolves to the value. An exception in a probe counts as "not yet". Throws
 * a LabError after `deadlineMs` milliseconds, also while a probe hangs: "waited 30 s for 3 voters; last observed: 2
 * voters". The pause between probes grows from 50 ms to `pauseMs` (default 1000, because a probe runs commands on hosts
 * and slows down the very work that the caller waits for).
 */
export async function waitFor<T>(
  description: string,
  deadlineMs: number,
  probe: Probe<T>,
  options: { pauseMs?: number; onSaw?: (what: string) => void } = {},
): Promise<T> {
  let last = "nothing";
  const saw = (what: string) => {
    last = what;
    options.onSaw?.(what);
  };
  const done = new AbortController();
  const expired = sleep(deadlineMs, "expired" as const, { signal: done.signal });
  try {
    for (let pause = 50; ; pause = Math.min(pause * 1.5, options.pauseMs ?? 1000)) {
      const seen = probe(saw).catch((error: unknown) => saw(messageOf(error)));
      const value = await Promise.race([seen, expired]);
      if (value !== undefined && value !== false && value !== "expired") return value;
      if (value === "expired" || (await Promise.race([sleep(pause), expired])) === "expired") {
        throw new LabError(`waited ${Math.round(deadlineMs / 100) / 10} s for ${description}; last observed: ${last}`);
      }
    }
  } finally {
    expired.catch(() => {}); // the abort below rejects it, which is expected
    done.abort();
  }
}
