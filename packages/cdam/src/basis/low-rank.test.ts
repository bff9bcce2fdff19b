/** The factors are the best of their rank, whichever side is longer. */
import { Random } from '@cdam/tensor';
import { describe, expect, it } from 'vitest';
import { nearestOfRank, product } from './low-rank.ts';

/** Σ_k 2^−k·u_k·v_kᵀ with orthonormal u and v, cosines of different frequency: its singular values are known. */
function withKnownValues(rows: number, columns: number, count: number): Float32Array {
  const wave = (n: number, k: number, i: number): number => Math.sqrt(2 / n) * Math.cos((Math.PI * (k + 1) * (i + 0.5)) / n);
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < count; k++) sum += 2 ** -k * wave(rows, k, i) * wave(columns, k, j);
    return sum;
  });
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, x, i) => sum + (x - (b[i] ?? 0)) ** 2, 0));
}

describe.each([
  [30, 50],
  [50, 30],
  [24, 24],
])('of a matrix of %i × %i', (rows, columns) => {
  it.each([1, 3, 7])('what is left out at rank %i are the other singular values', (rank) => {
    const count = 10;
    const matrix = withKnownValues(rows, columns, count);
    const { left, right } = nearestOfRank(matrix, rows, columns, rank);
    expect([left.length, right.length]).toEqual([rows * rank, rank * columns]);
    const leftOut = Math.sqrt(Array.from({ length: count - rank }, (_, i) => 4 ** -(rank + i)).reduce((a, b) => a + b));
    expect(Math.abs(distance(product(left, right, rows, rank, columns), matrix) / leftOut - 1)).toBeLessThan(1e-4);
  });

  it('at full rank nothing is left out, also of a matrix of low rank', () => {
    const random = new Random(3);
    const noise = Float32Array.from({ length: rows * columns }, () => random.normal());
    for (const matrix of [noise, withKnownValues(rows, columns, 2), new Float32Array(rows * columns)]) {
      const rank = Math.min(rows, columns);
      const { left, right } = nearestOfRank(matrix, rows, columns, rank);
      expect(distance(product(left, right, rows, rank, columns), matrix)).toBeLessThan(1e-5);
    }
  });
});
