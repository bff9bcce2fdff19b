/**
 * Quantiles, for clipping and for confidence intervals.
 */

/**
 * A quantile, linearly interpolated between two values, as torch.quantile does by default. NaN without values.
 *
 * @param sorted values in rising order
 * @param share from 0 (the smallest value) to 1 (the largest)
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(position)] ?? Number.NaN, sorted[Math.ceil(position)] ?? Number.NaN];
  return below + (position - Math.floor(position)) * (above - below);
}
