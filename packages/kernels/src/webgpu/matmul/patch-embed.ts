/**
 * The patch embedding: a matrix product whose left operand is read from the picture in place, so that no unrolled copy is made.
 */
import type { PatchSize, Storage } from '@cdam/tensor';
import type { Runtime } from '../runtime.ts';
import { denseMatrices, dispatchProduct, LAYOUT } from './product.ts';

/** Patches of `picture` × `weight`ᵀ + `bias`, [batch, rows·columns, width]; see `Backend.patchEmbed`. */
export function patchEmbed(runtime: Runtime, picture: Storage, weight: Storage, bias: Storage | undefined, size: PatchSize): Storage {
  const { batch, channels, rows, columns, patchHeight, patchWidth, width } = size;
  const k = channels * patchHeight * patchWidth;
  return dispatchProduct(runtime, {
    op: 'patchEmbed',
    a: denseMatrices(picture, 1, 0, true),
    b: denseMatrices(weight, width, k, true),
    pairs: 1,
    heads: 1,
    first: 0,
    m: batch * rows * columns,
    n: width,
    k,
    layoutA: LAYOUT.picture,
    transposeB: true,
    patches: { channels, rows, columns, patchHeight, patchWidth },
    epilogue: { bias },
    slices: 1,
  });
}
