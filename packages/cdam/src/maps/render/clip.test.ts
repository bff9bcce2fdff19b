/** Quantiles against torch.quantile, and clipping of ordinary maps and of a nearly empty one. */
import { expect, test } from 'vitest';
import { ExplanationError } from '../../errors.ts';
import { quantileOfSorted } from '../quantile.ts';
import { clipToQuantiles } from './clip.ts';

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
  expect(quantileOfSorted(values.toSorted(), share)).toBeCloseTo(expected, 5);
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

test('a range that falls, or that goes beyond 0 to 1, is an error', () => {
  expect(() => clipToQuantiles(values, [0.9, 0.1])).toThrow(ExplanationError);
  expect(() => clipToQuantiles(values, [0, 1.5])).toThrow('[0, 1.5] is not a range of quantiles');
});
