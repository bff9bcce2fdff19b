import { describe, expect, it } from 'vitest';
import { averagePrecision, precisionRecall } from './ranking.ts';

describe('averagePrecision', () => {
  it('is the value worked out by hand', () => {
    // Positives at ranks 1, 3 and 4: (1/1 + 2/3 + 3/4) / 3.
    expect(averagePrecision([0.9, 0.8, 0.7, 0.6, 0.5], [true, false, true, true, false])).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12);
  });

  it("is the value of scikit-learn's documentation", () => {
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [false, false, true, true])).toBeCloseTo(0.8333333333333333, 12);
  });

  it('is 1 when every positive is ahead of every negative, whatever the scale of the scores', () => {
    expect(averagePrecision([-5, 300, -7, 2], [false, true, false, true])).toBe(1);
  });

  it('is the share of positives when all scores are equal, in whatever order the examples come', () => {
    expect(averagePrecision([1, 1, 1, 1], [true, false, false, false])).toBe(0.25);
    expect(averagePrecision([1, 1, 1, 1], [false, false, false, true])).toBe(0.25);
  });

  it('refuses inputs for which it is not defined', () => {
    expect(() => averagePrecision([1, 2], [false, false])).toThrow(/none of 2 examples is positive/);
    expect(() => averagePrecision([1], [true, false])).toThrow(/1 scores for 2 examples/);
    expect(() => averagePrecision([Number.NaN, 1], [true, false])).toThrow(/example 0 is not a number/);
  });
});

describe('precisionRecall', () => {
  it('counts what lies above the threshold', () => {
    expect(precisionRecall([3, 2, 1, -1, -2], [true, false, true, true, false], 0)).toEqual({ precision: 2 / 3, recall: 2 / 3 });
  });

  it('has no precision when nothing is above the threshold', () => {
    expect(precisionRecall([-1, -2], [true, false], 0)).toEqual({ precision: undefined, recall: 0 });
  });
});
