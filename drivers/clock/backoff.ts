// How long to wait before the next attempt: doubling, capped, and spread, so that many clients do not return at once. The
// one back-off of all rooms. It is a driver's, for drivers wait too, and may import nothing above them.

export interface BackoffOptions {
  /** The longest wait after the first failure, in milliseconds; it doubles with each further failure. */
  readonly firstMs: number;
  /** The longest wait of all, in milliseconds. */
  readonly mostMs: number;
  /** Gives numbers from 0 to 1, such as Math.random; they spread a wait between half and all of its longest. */
  readonly random: () => number;
}

export interface Backoff {
  /** An attempt has failed: milliseconds to wait before the next. */
  next(): number;
  /** An attempt has succeeded: the next wait is as after a first failure. */
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

/** Milliseconds to wait after so many failures in a row (1 for the first), for a caller that keeps the count itself. */
export function backoffMs(failures: number, { firstMs, mostMs, random }: BackoffOptions): number {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
