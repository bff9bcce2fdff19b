/** Pixels get the scores of their patches, in the right place and within the range of neighbouring patches. */
import { expect, test } from 'vitest';
import { enlarge } from './enlarge.ts';

const scores = Float32Array.of(1, -2, 3, -4, 5, -6);

test('nearest repeats every patch over its pixels, on a grid that is not square', () => {
  const rows = [
    [1, 1, -2, -2, 3, 3],
    [1, 1, -2, -2, 3, 3],
    [-4, -4, 5, 5, -6, -6],
    [-4, -4, 5, 5, -6, -6],
  ];
  expect(Array.from(enlarge(scores, [2, 3], 4, 6, 'nearest'))).toEqual(rows.flat());
});

test('smooth passes through the scores at the centres of the patches', () => {
  const pixels = enlarge(scores, [2, 3], 2 * 5, 3 * 5, 'smooth');
  const centres = [0, 1].flatMap((row) => [0, 1, 2].map((column) => pixels[(row * 5 + 2) * 15 + column * 5 + 2]));
  expect(centres).toEqual(Array.from(scores));
});

test('smooth draws a straight slope straight, away from the edges', () => {
  const slope = Float32Array.from({ length: 8 }, (_, i) => i);
  const pixels = enlarge(slope, [1, 8], 1, 32, 'smooth');
  for (let x = 8; x < 24; x++) expect(pixels[x]).toBeCloseTo((x + 0.5) / 4 - 0.5, 5);
});

test('smooth does not go below zero beside a peak', () => {
  const peak = new Float32Array(25);
  peak[12] = 1;
  const pixels = enlarge(peak, [5, 5], 50, 50, 'smooth');
  expect(Math.min(...pixels)).toBe(0);
  expect(Math.max(...pixels)).toBeLessThanOrEqual(1);
  expect(Math.max(...pixels)).toBeGreaterThan(0.95);
});
