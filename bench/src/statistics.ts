/**
 * Medians and quartiles. On a shared machine some runs take much longer than most, so means are not used.
 */

/** The distribution of a list of times, in their unit. */
export interface Spread {
  readonly median: number;
  /** The time that a quarter of the runs did not reach. */
  readonly lowerQuartile: number;
  /** The time that a quarter of the runs exceeded. */
  readonly upperQuartile: number;
  readonly fastest: number;
  /** The number of runs. */
  readonly runs: number;
}

/** The quantile `q` from 0 to 1, linearly interpolated between two values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const [low = Number.NaN, high = low] = sorted.slice(below, below + 2);
  return low + (high - low) * (position - below);
}

/** The median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The distribution of a list of times. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    lowerQuartile: quantile(values, 0.25),
    upperQuartile: quantile(values, 0.75),
    fastest: quantile(values, 0),
    runs: values.length,
  };
}

/** The largest difference between two lists, divided by the largest magnitude in the second; infinite when the lengths differ. */
export function deviation(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, largest] = [0, 0];
  expected.forEach((wanted, i) => {
    error = Math.max(error, Math.abs((actual[i] ?? Number.NaN) - wanted));
    largest = Math.max(largest, Math.abs(wanted));
  });
  return error / largest;
}
