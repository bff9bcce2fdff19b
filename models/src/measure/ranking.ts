/**
 * How well scores separate positive from negative examples: average precision over all thresholds, precision and recall at one.
 */

/**
 * Average precision: Σ_n (R_n − R_{n−1})·P_n over the thresholds, with precision P_n and recall R_n at the n-th highest score. Equal scores
 * are one threshold, so the order of the examples does not matter. It is the definition of `average_precision_score` in scikit-learn.
 *
 * @param scores one number for each example, higher for a positive one
 * @param positive whether each example is positive
 * @throws RangeError when the lengths differ, no example is positive or a score is not a number
 */
export function averagePrecision(scores: readonly number[], positive: readonly boolean[]): number {
  const total = countPositives('averagePrecision', scores, positive);
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  let [found, counted, sum] = [0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i] ?? 0];
    const before = found;
    for (; i < order.length && scores[order[i] ?? 0] === score; i++) if (positive[order[i] ?? 0]) found++;
    counted = i;
    sum += (found - before) * (found / counted);
  }
  return sum / total;
}

/** Precision and recall, from 0 to 1. */
export interface PrecisionRecall {
  /** The share of positives among the examples above the threshold; undefined when there are none. */
  readonly precision: number | undefined;
  /** The share of the positives that are above the threshold. */
  readonly recall: number;
}

/** Precision and recall at a threshold. @throws RangeError as `averagePrecision` does */
export function precisionRecall(scores: readonly number[], positive: readonly boolean[], threshold: number): PrecisionRecall {
  const total = countPositives('precisionRecall', scores, positive);
  const named = scores.filter((score) => score > threshold).length;
  const right = scores.filter((score, i) => score > threshold && positive[i]).length;
  return { precision: named === 0 ? undefined : right / named, recall: right / total };
}

function countPositives(measure: string, scores: readonly number[], positive: readonly boolean[]): number {
  if (scores.length !== positive.length) throw new RangeError(`${measure}: ${scores.length} scores for ${positive.length} examples`);
  const bad = scores.findIndex((score) => Number.isNaN(score));
  if (bad >= 0) throw new RangeError(`${measure}: the score of example ${bad} is not a number`);
  const total = positive.filter(Boolean).length;
  if (total === 0) throw new RangeError(`${measure}: none of ${positive.length} examples is positive, so there is nothing to find`);
  return total;
}

/** The mean. @throws RangeError without values */
export function meanOf(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('meanOf: there are no values; measure on more mosaics');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
