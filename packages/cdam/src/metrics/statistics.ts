/**
 * The few statistics that the metrics and their tables are made of.
 */
import { Random } from '@cdam/tensor';

/** A mean over pictures, and between which values it lies. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Of how many values. */
  readonly count: number;
}

export interface BootstrapOptions {
  readonly seed?: number | undefined;
  /** 2000 by default. */
  readonly resamples?: number | undefined;
  /** Share of the resampled means inside the interval: 0.95 by default. */
  readonly confidence?: number | undefined;
}

/** NaN for no values. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? Number.NaN;
  return sum / values.length;
}

/** Pearson's correlation. NaN where one of the two does not vary: then there is nothing to correlate. */
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

/** Ranks from 1, smallest first; equal values share the mean of their ranks. */
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

/** The value below which a share of sorted values lies, between two of them by straight line. */
function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (place - Math.floor(place)) * (above - below);
}

/**
 * The mean with its percentile bootstrap interval (Efron 1979): how far means of resampled pictures scatter.
 *
 * @param values one per picture; none gives NaN throughout
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
