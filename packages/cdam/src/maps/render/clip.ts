/**
 * Clipping for display. A few patches often score many times more than all others, and would leave the rest of the map in the
 * colour of zero. Scores are clipped where they are shown and nowhere else: reports and measures get them raw.
 */
import { ExplanationError } from '../../errors.ts';

/** Shares of the scores, from 0 to 1: what lies below the first quantile or above the second is drawn as if it were there. */
export type QuantileRange = readonly [low: number, high: number];

/**
 * The quantile of values, between two of them linearly interpolated, as torch.quantile does by default.
 *
 * @param share from 0 (the least) to 1 (the largest)
 * @throws ExplanationError `rendering` for a share outside of [0, 1], or for no values
 */
export function quantile(values: Float32Array, share: number): number {
  if (!(share >= 0 && share <= 1) || values.length === 0) {
    throw new ExplanationError(
      'rendering',
      `quantile: there is no quantile ${share} of ${values.length} values; give a share from 0 to 1 and at least one value`,
    );
  }
  return interpolated(Float32Array.from(values).sort(), share);
}

/**
 * Scores brought into the range between two of their quantiles. Where that range has room for zero alone, because nearly all
 * scores are zero, the few that are not are what there is to see, and nothing is clipped.
 *
 * @throws ExplanationError `rendering` when the range is not one
 */
export function clipToQuantiles(scores: Float32Array, [low, high]: QuantileRange): Float32Array {
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new ExplanationError(
      'rendering',
      `clip: [${low}, ${high}] is no range of quantiles; give two rising shares from 0 to 1, such as [0.01, 0.99]`,
    );
  }
  const sorted = Float32Array.from(scores).sort();
  const [least, most] = [interpolated(sorted, low), interpolated(sorted, high)];
  if (least === 0 && most === 0) return scores;
  return scores.map((score) => Math.min(most, Math.max(least, score)));
}

function interpolated(sorted: Float32Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (position - Math.floor(position)) * (above - below);
}
