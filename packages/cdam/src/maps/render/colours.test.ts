/** Both scales have zero in the middle, and readers can tell the signs apart, colour-blind readers included. */
import { describe, expect, test } from 'vitest';
import { blackCentred, colourOffset, colourTable, purpleOrange } from './colours.ts';

type Rgb = [number, number, number];

function colourOf(scale: typeof blackCentred, value: number): Rgb {
  const [r = 0, g = 0, b = 0] = colourTable(scale).subarray(colourOffset(value));
  return [r, g, b];
}

test('the black-centred scale has the colours of the paper at its stops', () => {
  expect(colourOf(blackCentred, -1)).toEqual([0x00, 0xe3, 0xff]);
  expect(colourOf(blackCentred, 0)).toEqual([0, 0, 0]);
  expect(colourOf(blackCentred, 1)).toEqual([0xff, 0xa6, 0x00]);
  const nearStop = colourOf(blackCentred, 0.26);
  for (const [c, wanted] of [0x8b, 0x5a, 0x44].entries()) expect(Math.abs((nearStop[c] ?? 0) - wanted)).toBeLessThan(2);
});

test('values beyond the ends have the colours of the ends', () => {
  expect(colourOf(blackCentred, 7)).toEqual(colourOf(blackCentred, 1));
  expect(colourOf(purpleOrange, -7)).toEqual(colourOf(purpleOrange, -1));
});

/** Machado, Oliveira and Fernandes (IEEE TVCG 2009), severity 1.0, on linear RGB. */
const DEFICIENCIES: Record<string, readonly Rgb[]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const linear = (byte: number): number => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
const encoded = (x: number): number => 255 * (x <= 0.0031308 ? 12.92 * Math.max(0, x) : 1.055 * Math.min(1, x) ** (1 / 2.4) - 0.055);

function seenWith(matrix: readonly Rgb[], colour: Rgb): number[] {
  const [r, g, b] = colour.map(linear);
  return matrix.map(([fromR, fromG, fromB]) => encoded(fromR * (r ?? 0) + fromG * (g ?? 0) + fromB * (b ?? 0)));
}

describe.each(Object.entries(DEFICIENCIES))('for a reader with %s', (_, matrix) => {
  test.each([blackCentred, purpleOrange])('the signs of $name differ from each other and from zero', (scale) => {
    const distance = (a: number, b: number): number => {
      const other = seenWith(matrix, colourOf(scale, b));
      return Math.hypot(...seenWith(matrix, colourOf(scale, a)).map((channel, c) => channel - (other[c] ?? 0)));
    };
    for (const strength of [0.25, 0.5, 0.75, 1]) {
      expect(distance(strength, -strength), `±${strength}`).toBeGreaterThan(40);
      expect(distance(strength, 0)).toBeGreaterThan(20);
      expect(distance(-strength, 0)).toBeGreaterThan(20);
    }
  });
});

test('purple-orange darkens evenly from the middle to both ends', () => {
  const luminance = (value: number): number => {
    const [r, g, b] = colourOf(purpleOrange, value).map(linear);
    return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
  };
  for (const sign of [-1, 1]) {
    const along = Array.from({ length: 11 }, (_, i) => luminance((sign * i) / 10));
    expect(along).toEqual(along.toSorted((a, b) => b - a));
  }
});
