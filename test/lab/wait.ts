// Waiting on a condition with a deadline, which on failure tells what was seen last instead of only that time ran out.
import { setTimeout as sleep } from "node:timers/promises";
import { LabError, messageOf } from "./error.ts";

/** Looks once. Returns the awaited value, or undefined or false for "not yet"; tells by `saw` what there is instead. */
export type Look<T> = (saw: (what: string) => void) => Promise<T | undefined | false>;

/**
 * Looks again and again until there is a value, and returns it. An exception in a look counts as "not yet".
 * Throws a LabError after `deadlineMs` milliseconds: "waited 30 s for 3 voters; saw last: 2 voters"; a look that
 * hangs does not outlive the deadline. The pause between looks grows from 50 ms to `pauseMs` (default 1000: a look runs
 * commands on hosts, which takes from them what they are waited for to do).
 */
export async function waitFor<T>(
  description: string,
  deadlineMs: number,
  look: Look<T>,
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
      const seen = look(saw).catch((error: unknown) => saw(messageOf(error)));
      const value = await Promise.race([seen, expired]);
      if (value !== undefined && value !== false && value !== "expired") return value;
      if (value === "expired" || (await Promise.race([sleep(pause), expired])) === "expired") {
        throw new LabError(`waited ${Math.round(deadlineMs / 100) / 10} s for ${description}; saw last: ${last}`);
      }
    }
  } finally {
    expired.catch(() => {}); // the abort below is no news to anybody
    done.abort();
  }
}
