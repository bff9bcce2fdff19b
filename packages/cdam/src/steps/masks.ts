/**
 * From masks and their scores to a map: what methods that hide parts of a picture have in common.
 */

/**
 * Each patch has the mean of the scores of all masks, weighted by how much of the patch they show, so that a patch that many masks show has
 * no advantage. Means of this kind have the unit of the scores and no zero of their own, since every mask shows other patches too: they tell
 * patches apart by their differences.
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
  return Float32Array.from(means);
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
