/**
 * Medians and spread. Times on a shared machine have a long tail upwards, so means are not taken.
 */

/** What is said of a list of times, in their unit. */
export interface Spread {
  readonly median: number;
  /** A quarter of the runs were faster. */
  readonly lowerQuartile: number;
  /** A quarter of the runs were slower. */
  readonly upperQuartile: number;
  readonly fastest: number;
  readonly runs: number;
}

/** The value below which the share `q` of the values lies, linear between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const [low = Number.NaN, high = low] = sorted.slice(below, below + 2);
  return low + (high - low) * (position - below);
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Median, quartiles, fastest and number of some values. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    fastest: quantile(values, 0),
    runs: values.length,
  };
}

/** The largest difference between two lists, as a share of the largest value of the second; infinite when their lengths differ. */
export function deviation(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, largest] = [0, 0];
  expected.forEach((wanted, i) => {
    error = Math.max(error, Math.abs((actual[i] ?? Number.NaN) - wanted));
    largest = Math.max(largest, Math.abs(wanted));
  });
  return error / largest;
}
