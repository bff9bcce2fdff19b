import { expect, test } from 'vitest';
import { deviation, median, quantile, spreadOf } from './statistics.ts';

test('a median lies between the middle two of an even number of values', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test('quantiles are linear between neighbours and do not reorder the values', () => {
  const values = [30, 10, 20];
  expect(quantile(values, 0.25)).toBe(15);
  expect(values).toEqual([30, 10, 20]);
});

test('a spread counts its runs', () => {
  expect(spreadOf([1, 2, 3, 4, 5])).toEqual({ median: 3, lowerQuartile: 2, upperQuartile: 4, fastest: 1, runs: 5 });
});

test('a deviation is a share of the largest expected value, and infinite for another length', () => {
  expect(deviation([1, -3.5], [1, -4])).toBe(0.125);
  expect(deviation([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
});
