import { describe, expect, it } from 'vitest';
import { positiveShares } from './localisation.ts';

describe('positiveShares', () => {
  it('sums what is positive in each cell and ignores what is negative', () => {
    // A grid of 4 × 4 patches; each cell has 2 × 2.
    const scores = [
      [1, 2, 0, 0],
      [3, -9, 0, 4],
      [-1, 0, 5, 0],
      [0, 0, 0, 5],
    ];
    expect(positiveShares(scores.flat())).toEqual([6 / 20, 4 / 20, 0, 10 / 20]);
  });

  it('is a quarter in every cell for an even map', () => {
    expect(positiveShares(new Float32Array(64).fill(0.5))).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('is 0 everywhere for a map without positive scores', () => {
    expect(positiveShares(new Float32Array(64).fill(-1))).toEqual([0, 0, 0, 0]);
  });

  it('refuses a grid that the cells do not divide', () => {
    for (const count of [0, 8, 9]) expect(() => positiveShares(new Float32Array(count))).toThrow(`${count} scores`);
  });
});
