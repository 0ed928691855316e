// Statistics of repeated measurements.

/** The percentile by rank: at most `percent` % of the values are below it. NaN for no values. */
export const percentile = (values: readonly number[], percent: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor((values.length * percent) / 100))] ??
  Number.NaN;
