/**
 * Matrix products, with what is usually done to a product next.
 */
import type { Epilogue, MatmulSize, Storage } from '@cdam/tensor';
import { reduce } from '../reduce/reduce.ts';
import type { Runtime } from '../runtime.ts';
import { denseMatrices, dispatchProduct, type Product, slicesFor } from './product.ts';

/** residual + scale ⊙ activation(op(A)·op(B) + bias) for each batch, [batch, m, n]; see `Primitives.matmul`. */
export function matmul(runtime: Runtime, a: Storage, b: Storage, size: MatmulSize, epilogue: Epilogue = {}): Storage {
  const { transposeA, transposeB, sharedA, sharedB, n, k } = size;
  const { batch, m } = foldBatch(size, epilogue);
  const product: Product = {
    op: 'matmul',
    a: transposeA ? denseMatrices(a, k, m, sharedA) : denseMatrices(a, m, k, sharedA),
    b: transposeB ? denseMatrices(b, n, k, sharedB) : denseMatrices(b, k, n, sharedB),
    pairs: batch,
    heads: 1,
    ...{ m, n, k, transposeA, transposeB, epilogue, slices: 1 },
  };
  // The gradient of a weight is a small matrix of long sums, over all tokens of a batch. Other sums are not cut, so that the rounding of
  // a row of the result depends on that row only.
  const slices = transposeA && batch === 1 && isPlain(epilogue) ? slicesFor(runtime, m, n, k) : 1;
  if (slices === 1) return dispatchProduct(runtime, product);
  const parts = dispatchProduct(runtime, { ...product, slices });
  const sum = reduce(runtime, 'sum', parts, 1, slices, m * n);
  runtime.release(parts);
  return sum;
}

/** Where all batches have the same B, they are one product of a tall A, which fills tiles even where m is small. */
function foldBatch(size: MatmulSize, epilogue: Epilogue): { batch: number; m: number } {
  const { batch, m } = size;
  const tall = size.sharedB && !size.sharedA && !size.transposeA && !(epilogue.residual && epilogue.sharedResidual);
  return tall ? { batch: 1, m: batch * m } : { batch, m };
}

function isPlain({ bias, activation, scale, residual }: Epilogue): boolean {
  return bias === undefined && activation === undefined && scale === undefined && residual === undefined;
}
