/** Correlations and intervals, compared with values computed by hand. */
import { bootstrapMean, pearson, ranksOf, spearman } from 'cdam';
import { expect, test } from 'vitest';

test('Pearson’s correlation is the cosine of the deviations', () => {
  // Deviations (−1, 0, 1) and (−2, −1, 3): 5 / √(2·14).
  expect(pearson([1, 2, 3], [2, 3, 7])).toBeCloseTo(5 / Math.sqrt(28), 12);
  expect(pearson([1, 2, 3], [-2, -4, -6])).toBeCloseTo(-1, 12);
  expect(pearson([1, 1, 1], [2, 3, 7])).toBeNaN();
});

test('equal values share the mean of their ranks', () => {
  expect([...ranksOf([30, 10, 20, 20, 40])]).toEqual([4, 1, 2.5, 2.5, 5]);
});

test('Spearman’s correlation depends only on the order', () => {
  expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1, 12);
  // Ranks 1…5 against 2, 1, 4, 3, 5: 1 − 6·4 / (5·24).
  expect(spearman([1, 2, 3, 4, 5], [20, 10, 40, 30, 50])).toBeCloseTo(0.8, 12);
});

test('the bootstrap interval is that of the normal approximation for many values, and repeats itself', () => {
  const values = Array.from({ length: 400 }, (_, i) => Math.sin(i * 1.7) * 3 + 1);
  const mean = values.reduce((a, b) => a + b, 0) / 400;
  const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 400 / 400);
  const interval = bootstrapMean(values, { seed: 5 });
  expect(interval).toMatchObject({ mean: expect.closeTo(mean, 10), count: 400 });
  expect(Math.abs(interval.low - (mean - 1.96 * error)) / error).toBeLessThan(0.15);
  expect(Math.abs(interval.high - (mean + 1.96 * error)) / error).toBeLessThan(0.15);
  expect(bootstrapMean(values, { seed: 5 })).toEqual(interval);
  expect(bootstrapMean(values, { seed: 6 }).low).not.toBe(interval.low);
});

test('no values have no mean, and one value has an interval of no length', () => {
  expect(bootstrapMean([]).mean).toBeNaN();
  expect(bootstrapMean([2.5])).toEqual({ mean: 2.5, low: 2.5, high: 2.5, count: 1 });
});
