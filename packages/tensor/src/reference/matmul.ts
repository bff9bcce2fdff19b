/**
 * The matrix product with its epilogue. First both operands are brought into an order in which k is the last axis. Then each element of
 * the result is the dot product of two rows that lie in memory without gaps.
 */
import type { Activation, MatmulSize } from '../backend.ts';
import { at, unary } from './elementwise.ts';
import { copy } from './movement.ts';
import type { Floats } from './storage.ts';

/** `Epilogue` of the contract, with numbers in the place of storages. */
export interface OpenEpilogue {
  readonly bias?: Floats | undefined;
  readonly activation?: Activation | undefined;
  readonly scale?: Floats | undefined;
  readonly residual?: Floats | undefined;
  readonly sharedResidual?: boolean | undefined;
}

export function matmul(a: Floats, b: Floats, size: MatmulSize, epilogue: OpenEpilogue, out: Floats): void {
  const { batch, m, n, k } = size;
  for (let i = 0; i < batch; i++) {
    const blockA = size.sharedA ? a : a.subarray(i * m * k, (i + 1) * m * k);
    const blockB = size.sharedB ? b : b.subarray(i * n * k, (i + 1) * n * k);
    const rowsA = size.transposeA ? transposed(blockA, k, m) : blockA;
    const rowsB = size.transposeB ? blockB : transposed(blockB, k, n);
    const block = out.subarray(i * m * n, (i + 1) * m * n);
    dotProducts(rowsA, rowsB, m, n, k, block);
    finish(block, n, { ...epilogue, residual: epilogue.sharedResidual ? epilogue.residual : epilogue.residual?.subarray(i * m * n) });
  }
}

function transposed(x: Floats, rows: number, columns: number): Floats {
  const result = x.slice(0, rows * columns);
  copy(x, { shape: [columns, rows], strides: [1, columns], offset: 0 }, result);
  return result;
}

/**
 * out[i, j] = a[i]·b[j], summed in 64 bits. Four columns are summed at a time: each addition to a sum has to wait for the one before it,
 * and the processor can do the other three in the meantime.
 */
function dotProducts(a: Floats, b: Floats, m: number, n: number, k: number, out: Floats): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j += 4) {
      const rowA = i * k;
      const row0 = j * k;
      const row1 = Math.min(j + 1, n - 1) * k;
      const row2 = Math.min(j + 2, n - 1) * k;
      const row3 = Math.min(j + 3, n - 1) * k;
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let p = 0; p < k; p++) {
        const x = a[rowA + p] as number;
        sum0 += x * (b[row0 + p] as number);
        sum1 += x * (b[row1 + p] as number);
        sum2 += x * (b[row2 + p] as number);
        sum3 += x * (b[row3 + p] as number);
      }
      const to = i * n + j;
      out[to] = sum0;
      if (j + 1 < n) out[to + 1] = sum1;
      if (j + 2 < n) out[to + 2] = sum2;
      if (j + 3 < n) out[to + 3] = sum3;
    }
  }
}

function finish(out: Floats, n: number, { bias, activation, scale, residual }: OpenEpilogue): void {
  if (!bias && !activation && !scale && !residual) return;
  const f = activation === undefined ? (x: number): number => x : unary[activation].value;
  for (let i = 0; i < out.length; i++) {
    const column = i % n;
    const active = f(at(out, i) + (bias ? at(bias, column) : 0));
    out[i] = (scale ? at(scale, column) : 1) * active + (residual ? at(residual, i) : 0);
  }
}
