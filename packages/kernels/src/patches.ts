/**
 * A picture as the rows of a matrix, one patch each, for the product that embeds them.
 */
import type { PatchSize, Walk } from '@cdam/tensor';

/** Extents of the matrix of patches. */
export function patchMatrix({ batch, rows, columns, channels, patchHeight, patchWidth }: PatchSize): { m: number; k: number } {
  return { m: batch * rows * columns, k: channels * patchHeight * patchWidth };
}

/** Walks a picture [batch, channels, rows·patchHeight, columns·patchWidth] patch by patch: [batch, rows, columns, channels, patchHeight, patchWidth]. */
export function patchWalk({ batch, channels, rows, columns, patchHeight, patchWidth }: PatchSize): Walk {
  const line = columns * patchWidth;
  const plane = rows * patchHeight * line;
  return {
    shape: [batch, rows, columns, channels, patchHeight, patchWidth],
    strides: [channels * plane, patchHeight * line, patchWidth, plane, line, 1],
    offset: 0,
  };
}
