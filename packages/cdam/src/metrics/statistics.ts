/**
 * The statistics that the metrics and their tables use.
 */
import { Random } from '@cdam/tensor';
import { quantileOfSorted } from '../maps/quantile.ts';

/** A mean over pictures, with a confidence interval. */
export interface Interval {
  readonly mean: number;
  /** The lower bound of the interval. */
  readonly low: number;
  /** The upper bound of the interval. */
  readonly high: number;
  /** How many values the mean is taken of. */
  readonly count: number;
}

/** How an interval is computed. */
export interface BootstrapOptions {
  /** Seed of the resamples. */
  readonly seed?: number | undefined;
  /** How many resamples there are: 2000 by default. */
  readonly resamples?: number | undefined;
  /** The share of the resampled means inside the interval: 0.95 by default. */
  readonly confidence?: number | undefined;
}

/** The mean. NaN without values. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? Number.NaN;
  return sum / values.length;
}

/** Pearson's correlation. NaN when a or b is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [together, varianceA, varianceB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] ?? Number.NaN) - meanA, (b[i] ?? Number.NaN) - meanB];
    together += x * y;
    varianceA += x * x;
    varianceB += y * y;
  }
  return varianceA === 0 || varianceB === 0 ? Number.NaN : together / Math.sqrt(varianceA * varianceB);
}

/** Spearman's correlation: Pearson's of the ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranksOf(a), ranksOf(b));
}

/** The ranks of the values, from 1 for the smallest. Equal values all have the mean of their ranks. */
export function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (const i of order.slice(start, end)) ranks[i] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/**
 * The mean with its percentile bootstrap interval (Efron 1979), from the distribution of the means of resampled pictures.
 *
 * @param values one for each picture; without values all results are NaN
 */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const { seed = 0, resamples = 2000, confidence = 0.95 } = options;
  const random = new Random(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.below(values.length)] ?? Number.NaN;
    return sum / values.length;
  }).sort();
  const outside = (1 - confidence) / 2;
  return {
    mean: meanOf(values),
    low: quantileOfSorted(means, outside),
    high: quantileOfSorted(means, 1 - outside),
    count: values.length,
  };
}
