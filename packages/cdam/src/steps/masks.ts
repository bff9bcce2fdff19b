/**
 * From masks and their scores to a map: what methods that hide parts of a picture have in common.
 */

/**
 * Each patch has the mean of the scores of all masks, weighted by how much of the patch they show, so that a patch that many masks show has
 * no advantage. Means of this kind have no zero of their own, since every mask shows other patches too: the lowest becomes 0 and the
 * highest 1. A map is zero everywhere where all means are equal.
 *
 * @param scores of each mask
 * @param shown for each mask how much of each patch it shows, [patches], as shares of what all masks together show of the patch
 * @returns [patches]
 */
export function mapOfMasks(scores: Float32Array, shown: readonly Float32Array[]): Float32Array {
  const means = new Float64Array(shown[0]?.length ?? 0);
  for (const [i, score] of scores.entries()) {
    for (const [patch, share] of (shown[i] ?? []).entries()) means[patch] = (means[patch] ?? 0) + score * share;
  }
  const lowest = means.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const range = means.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY) - lowest;
  return Float32Array.from(means, (value) => (range === 0 ? 0 : (value - lowest) / range));
}

/**
 * The share that one mask has in what all masks show of a place. Of a place that no mask shows all have equal shares, so it gets the mean
 * of all scores.
 *
 * @param mask from 0 to 1
 * @param all the sum over all masks
 * @param count how many masks there are
 */
export function shareOfMask(mask: number, all: number, count: number): number {
  return all > 0 ? mask / all : 1 / count;
}
