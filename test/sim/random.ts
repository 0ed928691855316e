// Random numbers from a seed: the same seed gives the same numbers and so the same history.

export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** A whole number from `from` up to and including `to`. */
  int(from: number, to: number): number;
  /** A time between the two, distributed over orders of magnitude, so that short times are as likely as long ones. */
  spread(from: number, to: number): number;
  /** True in this percentage of calls. */
  percent(share: number): boolean;
  /** A random element; undefined if there is none. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** mulberry32: small, fast, and good enough to choose faults with. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    int,
    spread: (from, to) => Math.round(Math.exp(Math.log(from) + next() * (Math.log(to) - Math.log(from)))),
    percent: share => next() * 100 < share,
    pick: from => from[int(0, from.length - 1)],
  };
}
