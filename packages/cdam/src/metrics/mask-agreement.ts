/**
 * Agreement with masks: whether a map points at the object that a person has outlined. A mask has for each patch the share that the
 * object covers.
 */

/**
 * The mask of a picture on the grid of patches.
 *
 * @param inside whether each pixel of the input belongs to the object, row by row
 * @param width of the input, in pixels
 * @param grid rows and columns of patches
 * @returns for each patch the share that belongs to the object, row by row
 */
export function maskOnGrid(inside: ArrayLike<boolean | number>, width: number, [rows, columns]: readonly [number, number]): Float32Array {
  const coverage = new Float32Array(rows * columns);
  const height = inside.length / width;
  const area = (height / rows) * (width / columns);
  for (let i = 0; i < inside.length; i++) {
    const [row, column] = [Math.floor((Math.floor(i / width) * rows) / height), Math.floor(((i % width) * columns) / width)];
    if (inside[i]) coverage[row * columns + column] = (coverage[row * columns + column] ?? 0) + 1 / area;
  }
  return coverage;
}

/** The pointing game (Zhang et al. 2018): 1 when the object covers at least half of the patch with the highest score, else 0. */
export function pointsInside(map: Float32Array, mask: Float32Array): number {
  const highest = map.reduce((best, score, i) => (score > (map[best] ?? Number.NaN) ? i : best), 0);
  return (mask[highest] ?? 0) >= 0.5 ? 1 : 0;
}

/** Intersection over union of the mask and the patches whose scores reach a threshold, at the threshold where it is largest. */
export function bestIntersectionOverUnion(map: Float32Array, mask: Float32Array): number {
  const order = Array.from(map.keys()).sort((i, j) => (map[j] ?? 0) - (map[i] ?? 0));
  const object = mask.reduce((sum, share) => sum + share, 0);
  let [inside, best] = [0, 0];
  for (const [k, patch] of order.entries()) {
    inside += mask[patch] ?? 0;
    // No threshold lies between patches of equal score, so they are taken together.
    if (map[order[k + 1] ?? -1] !== map[patch]) best = Math.max(best, inside / (k + 1 + object - inside));
  }
  return best;
}
