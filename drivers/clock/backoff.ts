// How long to wait before the next attempt: doubled, capped, and randomised, so that many clients do not return at the
// same time. The whole project uses this back-off. It is in drivers/ because drivers use it too.

export interface BackoffOptions {
  /** The longest wait after the first failure, in milliseconds; it doubles with each further failure. */
  readonly firstMs: number;
  /** The longest wait of all, in milliseconds. */
  readonly mostMs: number;
  /** Returns numbers from 0 to 1, as Math.random does. They spread a wait between half and all of its full length. */
  readonly random: () => number;
}

export interface Backoff {
  /** Call after a failed attempt. Returns the milliseconds to wait before the next one. */
  next(): number;
  /** Call after a success. The next wait is as long as after a first failure. */
  reset(): void;
}

export function backoff(options: BackoffOptions): Backoff {
  let failures = 0;
  return {
    next() {
      failures += 1;
      return backoffMs(failures, options);
    },
    reset() {
      failures = 0;
    },
  };
}

/**
 * Milliseconds to wait after this many failures in a row (1 for the first), for a caller that keeps the count itself.
 */
export function backoffMs(failures: number, { firstMs, mostMs, random }: BackoffOptions): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
