import { expect, test } from 'vitest';
import { factorsOf, numbers, type Product, productError } from './workloads.ts';

const product: Product = { kind: 'product', m: 5, k: 7, n: 3 };

function multiply({ m, k, n }: Product): Float32Array {
  const { a, b } = factorsOf(product);
  return Float32Array.from({ length: m * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    return Array.from({ length: k }, (_unused, i) => (a[row * k + i] ?? 0) * (b[i * n + column] ?? 0)).reduce((x, y) => x + y);
  });
}

test('a right product has no error, and a wrong element and a wrong size have one', () => {
  const c = multiply(product);
  expect(productError(product, c)).toBeLessThan(1e-6);
  const wrong = c.with(0, (c[0] ?? 0) + 1);
  expect(productError(product, wrong)).toBeGreaterThan(0.1);
  expect(productError(product, c.slice(1))).toBe(Number.POSITIVE_INFINITY);
});

test('numbers are within [−1, 1), the same for the same seed and different for another', () => {
  const some = numbers(1000, 3);
  expect(numbers(1000, 3)).toEqual(some);
  expect(numbers(1000, 4)).not.toEqual(some);
  expect(some.every((x) => x >= -1 && x < 1)).toBe(true);
});
