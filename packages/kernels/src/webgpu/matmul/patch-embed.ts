/**
 * The patch embedding: patches brought into rows, and a matrix product.
 */
import type { PatchSize, Storage } from '@cdam/tensor';
import { patchMatrix, patchWalk } from '../../patches.ts';
import { copy } from '../movement/copy.ts';
import type { Runtime } from '../runtime.ts';
import { matmul } from './matmul.ts';

/** Patches of `picture` × `weight`ᵀ + `bias`, [batch, rows·columns, width]; see `Backend.patchEmbed`. */
export function patchEmbed(runtime: Runtime, picture: Storage, weight: Storage, bias: Storage | undefined, size: PatchSize): Storage {
  const patches = copy(runtime, picture, patchWalk(size));
  const product = { ...patchMatrix(size), batch: 1, n: size.width, transposeA: false, transposeB: true, sharedA: false, sharedB: true };
  const out = matmul(runtime, patches, weight, product, { bias });
  runtime.release(patches);
  return out;
}
