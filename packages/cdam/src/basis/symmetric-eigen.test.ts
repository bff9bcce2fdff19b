/** Eigenvectors are orthonormal, and rebuild the matrix. */
import { Random } from '@cdam/tensor';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from './symmetric-eigen.ts';

function randomRows(rows: number, columns: number, seed: number): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: rows * columns }, () => random.normal());
}

/** A·Aᵀ of [rows, columns]. */
function gram(a: Float64Array, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * rows }, (_, at) => {
    const [i, j] = [Math.floor(at / rows), at % rows];
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += (a[i * columns + k] ?? 0) * (a[j * columns + k] ?? 0);
    return sum;
  });
}

/** The largest difference of Vᵀ·diag(λ)·V from the matrix, and of V·Vᵀ from the identity, both as shares of the largest eigenvalue or 1. */
function errors(matrix: Float64Array, n: number): { rebuilt: number; orthonormal: number; values: Float64Array } {
  const { values, vectors } = symmetricEigen(matrix, n);
  let [rebuilt, orthonormal] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let [entry, product] = [0, 0];
      for (let k = 0; k < n; k++) {
        entry += (values[k] ?? 0) * (vectors[k * n + i] ?? 0) * (vectors[k * n + j] ?? 0);
        product += (vectors[i * n + k] ?? 0) * (vectors[j * n + k] ?? 0);
      }
      rebuilt = Math.max(rebuilt, Math.abs(entry - (matrix[i * n + j] ?? 0)));
      orthonormal = Math.max(orthonormal, Math.abs(product - (i === j ? 1 : 0)));
    }
  }
  return { rebuilt: rebuilt / Math.max(1e-300, ...Array.from(values, Math.abs)), orthonormal, values };
}

describe('symmetricEigen', () => {
  it.each([
    ['a random matrix', 60, gram(randomRows(60, 70, 1), 60, 70)],
    ['a matrix of rank 5', 40, gram(randomRows(40, 5, 2), 40, 5)],
    ['equal eigenvalues', 7, Float64Array.from({ length: 49 }, (_, i) => (i % 8 === 0 ? 3 : 0))],
    ['zeros', 4, new Float64Array(16)],
    ['one number', 1, Float64Array.of(-2)],
    ['tiny and huge numbers together', 3, Float64Array.of(1e200, 1, 1e-200, 1, 1e-30, 0, 1e-200, 0, 2)],
    ['signs of both kinds', 5, Float64Array.from({ length: 25 }, (_, i) => Math.cos((i % 5) + Math.floor(i / 5)) * 3)],
  ])('of %s', (_, n, matrix) => {
    const { rebuilt, orthonormal, values } = errors(matrix, n);
    expect(rebuilt).toBeLessThan(1e-13);
    expect(orthonormal).toBeLessThan(1e-13);
    expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => b - a));
  });

  it('finds the eigenvalues of a chain, 2 − 2·cos(kπ/(n + 1))', () => {
    const n = 30;
    const chain = Float64Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const expected = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1))).reverse();
    for (const [k, value] of symmetricEigen(chain, n).values.entries()) expect(Math.abs(value - (expected[k] ?? 0))).toBeLessThan(1e-13);
  });
});
