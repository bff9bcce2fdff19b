import { describe, expect, it } from 'vitest';
import { normalDistribution } from './normal.ts';

describe('the normal distribution function', () => {
  // Values to 16 digits, from tables of the complementary error function.
  it.each([
    [-8, 6.220960574271785e-16],
    [-4, 3.167124183311992e-5],
    [-1, 0.15865525393145705],
    [0, 0.5],
    [1.96, 0.9750021048517795],
    [6, 0.9999999990134123],
  ])('at %d', (x, expected) => {
    expect(Math.abs(normalDistribution(x) / expected - 1)).toBeLessThan(1e-11);
  });

  it('goes on smoothly where the series gives way to the continued fraction', () => {
    const slope = (normalDistribution(-4 + 1e-6) - normalDistribution(-4 - 1e-6)) / 2e-6;
    expect(Math.abs(slope / 1.3383022576488537e-4 - 1)).toBeLessThan(1e-6);
  });
});
