// What is said of many times of one thing.

/** The value that `percent` of these are not above, by rank; NaN of none. */
export const percentile = (values: readonly number[], percent: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ??
  Number.NaN;
