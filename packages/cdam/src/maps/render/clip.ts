/**
 * Clipping for display. A few patches often score many times more than all others, and the rest of the map would then have the colour of
 * zero. Scores are clipped only where they are shown: metrics and JSON reports use raw scores.
 */
import { ExplanationError } from '../../errors.ts';
import { quantileOfSorted } from '../quantile.ts';

/** Two quantiles, from 0 to 1. Scores below the first or above the second are drawn as if they were equal to it. */
export type QuantileRange = readonly [low: number, high: number];

/**
 * Limits scores to the range between two of their quantiles. When both quantiles are zero, because nearly all scores are, nothing is
 * clipped, so that the other scores stay visible.
 *
 * @throws ExplanationError `rendering` when the quantiles are not two rising numbers from 0 to 1
 */
export function clipToQuantiles(scores: Float32Array, [low, high]: QuantileRange): Float32Array {
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new ExplanationError(
      'rendering',
      `clip: [${low}, ${high}] is not a range of quantiles; give two rising numbers from 0 to 1, such as [0.01, 0.99]`,
    );
  }
  const sorted = Float32Array.from(scores).sort();
  const [least, most] = [quantileOfSorted(sorted, low), quantileOfSorted(sorted, high)];
  if (least === 0 && most === 0) return scores;
  return scores.map((score) => Math.min(most, Math.max(least, score)));
}
