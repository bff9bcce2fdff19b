/**
 * The share of the positive score of a map in each cell of a mosaic. A map that does not depend on the class has, on average, a quarter in
 * each cell. It is the score of the grid pointing game (Böhle, Fritz and Schiele 2021, "Convolutional Dynamic Alignment Networks"), on the
 * grid of patches.
 */
import { MOSAIC_CELLS } from '../data/mosaic.ts';

/**
 * Σ max(s, 0) over the patches of each cell, divided by the same sum over all patches.
 *
 * @param scores a map over a square grid of patches, row by row
 * @returns four shares from 0 to 1: upper left, upper right, lower left, lower right; all are 0 for a map without a positive score
 * @throws RangeError when the patches are not a square grid that the cells divide
 */
export function positiveShares(scores: ArrayLike<number>): number[] {
  const side = Math.sqrt(scores.length);
  const cellSide = side / MOSAIC_CELLS;
  if (!Number.isInteger(cellSide) || cellSide === 0) {
    throw new RangeError(`positiveShares: ${scores.length} scores are not a square grid of ${MOSAIC_CELLS} × ${MOSAIC_CELLS} cells`);
  }
  const sums = new Array<number>(MOSAIC_CELLS * MOSAIC_CELLS).fill(0);
  for (let i = 0; i < scores.length; i++) {
    const cell = Math.floor(Math.floor(i / side) / cellSide) * MOSAIC_CELLS + Math.floor((i % side) / cellSide);
    sums[cell] = (sums[cell] ?? 0) + Math.max(scores[i] ?? 0, 0);
  }
  const all = sums.reduce((total, sum) => total + sum, 0);
  return all === 0 ? sums : sums.map((sum) => sum / all);
}
