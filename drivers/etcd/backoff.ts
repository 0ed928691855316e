// How long to wait before trying again: doubling, capped, and spread so that many clients do not return at once.

const FIRST_MS = 50;
const MOST_MS = 2_000;

export interface Backoff {
  /** Milliseconds to wait now: between half and all of 50, 100, 200 … 2000. */
  next(): number;
  /** It went well: begin again at the shortest. */
  reset(): void;
}

/** `random` gives numbers in [0, 1). */
export function backoff(random: () => number = Math.random): Backoff {
  let failures = 0;
  return {
    next() {
      const full = Math.min(MOST_MS, FIRST_MS * 2 ** failures);
      failures = Math.min(failures + 1, 10);
      return full * (0.5 + random() / 2);
    },
    reset() {
      failures = 0;
    },
  };
}
