/** Quantiles against torch.quantile, and what clipping does to the odd map. */
import { expect, test } from 'vitest';
import { ExplanationError } from '../../errors.ts';
import { clipToQuantiles, quantile } from './clip.ts';

const values = Float32Array.of(3, -1, 4, 1, -5, 9, 2, 6);

test.each([
  // torch.quantile(torch.tensor([3., -1, 4, 1, -5, 9, 2, 6]), q)
  [0, -5],
  [0.01, -4.72],
  [0.25, 0.5],
  [0.5, 2.5],
  [0.9, 6.9],
  [0.99, 8.79],
  [1, 9],
])('the quantile %d is %d, as torch.quantile says', (share, expected) => {
  expect(quantile(values, share)).toBeCloseTo(expected, 5);
});

test('clipping moves the extremes to the quantiles and leaves the rest and the original alone', () => {
  const clipped = clipToQuantiles(values, [0.01, 0.99]);
  expect(clipped[4]).toBeCloseTo(-4.72, 5);
  expect(clipped[5]).toBeCloseTo(8.79, 5);
  expect(Array.from(clipped.filter((_, i) => i !== 4 && i !== 5))).toEqual([3, -1, 4, 1, 2, 6]);
  expect(values[5]).toBe(9);
});

test('a single score among zeros is not clipped away', () => {
  const scores = new Float32Array(400);
  scores[17] = 2;
  expect(clipToQuantiles(scores, [0.01, 0.99])[17]).toBe(2);
});

test('a share outside of 0 to 1, a range that falls and no values at all are errors that name them', () => {
  expect(() => quantile(values, 1.5)).toThrow(/quantile 1.5/);
  expect(() => quantile(new Float32Array(0), 0.5)).toThrow(/0 values/);
  expect(() => clipToQuantiles(values, [0.9, 0.1])).toThrow(ExplanationError);
});
