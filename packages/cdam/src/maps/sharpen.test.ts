/** Sharpening keeps signs, order and the largest magnitude. */
import { expect, test } from 'vitest';
import { sharpened } from './sharpen.ts';

test('a score is multiplied by its share of the largest magnitude', () => {
  expect(sharpened(Float32Array.of(1, -2, 4, 0), 2)).toEqual(Float32Array.of(0.25, -1, 4, 0));
  expect(sharpened(Float32Array.of(1, -2, 4, 0), 3)).toEqual(Float32Array.of(0.0625, -0.5, 4, 0));
});

test('power 2 is s·|s| up to one factor for the whole map', () => {
  const scores = Float32Array.of(0.3, -0.7, 0.05);
  const squares = scores.map((score) => (score * Math.abs(score)) / 0.7);
  for (const [i, score] of sharpened(scores, 2).entries()) expect(score).toBeCloseTo(squares[i] ?? Number.NaN, 6);
});

test('power 1 changes nothing, and gives a map of its own', () => {
  const scores = Float32Array.of(1, -2);
  expect(sharpened(scores, 1)).toEqual(scores);
  expect(sharpened(scores, 1)).not.toBe(scores);
});

test('scores so small that their squares are zero keep their order, and zeros stay zero', () => {
  const [low = 0, middle = 0, high = 0] = sharpened(Float32Array.of(1e-30, 2e-30, 4e-30), 2);
  expect(0 < low && low < middle && middle < high).toBe(true);
  expect(sharpened(new Float32Array(3), 2)).toEqual(new Float32Array(3));
});

test('twice the map gives twice the result', () => {
  const scores = Float32Array.of(1, -3, 2);
  expect(
    sharpened(
      scores.map((score) => 2 * score),
      2,
    ),
  ).toEqual(sharpened(scores, 2).map((score) => 2 * score));
});

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY])('power %d is refused', (power) => {
  expect(() => sharpened(Float32Array.of(1), power)).toThrow(expect.objectContaining({ code: 'rendering' }));
});
