/** Colours are in the right places, zero has the middle colour, and scores without a colour are errors. */
import { describe, expect, test } from 'vitest';
import { ExplanationError } from '../../errors.ts';
import { purpleOrange } from './colours.ts';
import { displayedScores, mapLayer, overlay, type RgbaImage, renderMap, type Scores } from './render.ts';

const map: Scores = { grid: [1, 3], scores: Float32Array.of(-2, 0, 4) };
const size = { width: 6, height: 2 };

function pixel({ data, width }: RgbaImage, x: number, y: number): number[] {
  return Array.from(data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4));
}

describe('renderMap', () => {
  test('paints against, zero and for in the colours of one scale for both signs', () => {
    const image = renderMap(map, { ...size, clip: false });
    expect([image.width, image.height, image.data.length]).toEqual([6, 2, 48]);
    expect(pixel(image, 5, 1)).toEqual([0xff, 0xa6, 0x00, 255]);
    expect(pixel(image, 2, 0)).toEqual([0, 0, 0, 255]);
    const [red = 0, green = 0, blue = 0] = pixel(image, 0, 0);
    expect(blue).toBeGreaterThan(red);
    // −2 is half as strong as 4, so it does not have the colour of the end.
    expect([red, green, blue]).not.toEqual([0, 0xe3, 0xff]);
  });

  test('paints zero in the middle colour of any scale', () => {
    expect(pixel(renderMap(map, { ...size, scale: purpleOrange }), 3, 0)).toEqual([0xf7, 0xf7, 0xf7, 255]);
  });

  test('paints a map of zeros in the middle colour all over', () => {
    const image = renderMap({ grid: [2, 2], scores: new Float32Array(4) }, { width: 4, height: 4, enlargement: 'smooth' });
    for (let i = 0; i < 16; i++) expect(pixel(image, i % 4, Math.floor(i / 4))).toEqual([0, 0, 0, 255]);
  });

  test('paints a constant map in the end colour of its sign', () => {
    const image = renderMap({ grid: [2, 2], scores: new Float32Array(4).fill(-0.1) }, { width: 2, height: 2 });
    expect(pixel(image, 1, 1)).toEqual([0x00, 0xe3, 0xff, 255]);
  });

  test('clips for display unless told otherwise, and leaves the scores of the map alone', () => {
    const scores = Float32Array.from({ length: 100 }, (_, i) => (i === 99 ? 1000 : 1));
    const ordinary = (clip: false | undefined): number[] =>
      pixel(renderMap({ grid: [10, 10], scores }, { width: 10, height: 10, clip }), 0, 0);
    expect(ordinary(false)[0]).toBeLessThan(5);
    expect(ordinary(undefined)[0]).toBeGreaterThan(20);
    expect(scores[99]).toBe(1000);
  });

  test('says which score has no colour', () => {
    const scores = Float32Array.of(0, 1, 2, Number.NaN);
    const draw = () => renderMap({ grid: [2, 2], scores }, { width: 2, height: 2 });
    expect(draw).toThrow('patch 3 (row 1, column 1) is NaN');
    expect(draw).toThrow(ExplanationError);
  });

  test('refuses scores that do not fill the grid, and sizes that are not whole numbers from 1', () => {
    expect(() => renderMap({ grid: [2, 2], scores: new Float32Array(3) }, size)).toThrow('3 scores do not fill a grid of 2×2');
    expect(() => renderMap(map, { width: 0, height: 2 })).toThrow('0×2');
    expect(() => renderMap(map, { width: 2.5, height: 2 })).toThrow('2.5×2');
  });
});

describe('overlay', () => {
  const picture = { width: 6, height: 2, channels: 3 as const, data: new Uint8Array(36).map((_, i) => [200, 100, 50][i % 3] ?? 0) };
  const grey = Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50);

  test('shows the picture in grey where the score is zero and the colour of the score elsewhere', () => {
    const image = overlay(picture, map, { enlargement: 'nearest', clip: false });
    expect(pixel(image, 2, 0)).toEqual([grey, grey, grey, 255]);
    const [red = 0, , blue = 0] = pixel(image, 5, 0);
    expect(red).toBeGreaterThan(200);
    expect(blue).toBeLessThan(60);
  });

  test('with opacity 1 the strongest score hides the picture, with 0 the map is not seen', () => {
    expect(pixel(overlay(picture, map, { enlargement: 'nearest', clip: false, opacity: 1 }), 5, 0)).toEqual([0xff, 0xa6, 0x00, 255]);
    expect(pixel(overlay(picture, map, { opacity: 0 }), 5, 0)).toEqual([grey, grey, grey, 255]);
  });

  test('reads pictures with alpha', () => {
    const data = new Uint8Array(48).map((_, i) => [200, 100, 50, 255][i % 4] ?? 0);
    expect(overlay({ width: 6, height: 2, channels: 4, data }, map)).toEqual(overlay(picture, map));
  });

  test('refuses an opacity beyond 1', () => {
    expect(() => overlay(picture, map, { opacity: 2 })).toThrow('opacity 2');
  });
});

test('displayedScores gives the score that the end of the scale stands for', () => {
  expect(displayedScores(map, false)).toEqual({ unit: 4, values: Float32Array.of(-0.5, 0, 1) });
});

describe('a unit', () => {
  test('gives maps one colour scale, and what is beyond it the colour of its end', () => {
    const half = renderMap({ grid: [1, 2], scores: Float32Array.of(0.5, -0.25) }, { width: 2, height: 1, unit: 1 });
    const whole = renderMap({ grid: [1, 4], scores: Float32Array.of(1, 0.5, -0.25, -1) }, { width: 4, height: 1, clip: false });
    expect(Array.from(half.data)).toEqual(Array.from(whole.data.subarray(4, 12)));
    const beyond = renderMap({ grid: [1, 2], scores: Float32Array.of(7, -7) }, { width: 2, height: 1, unit: 1 });
    expect(Array.from(beyond.data)).toEqual([...whole.data.subarray(0, 4), ...whole.data.subarray(12)]);
  });

  test('stays one when maps are sharpened', () => {
    const weak = displayedScores({ grid: [1, 2], scores: Float32Array.of(0.5, -0.25) }, false, 2, 1);
    expect(Array.from(weak.values)).toEqual([0.25, -0.0625]);
  });

  test.each([0, -1, Number.NaN])('is refused when it is %d', (unit) => {
    expect(() => renderMap({ grid: [1, 1], scores: Float32Array.of(1) }, { width: 1, height: 1, unit })).toThrow(`the unit ${unit}`);
  });
});

test('a sharpened map has the same scale, and weaker colours below its end', () => {
  expect(displayedScores(map, false, 2)).toEqual({ unit: 4, values: Float32Array.of(-0.25, 0, 1) });
  const size = { width: 3, height: 1, clip: false } as const;
  expect(renderMap(map, { ...size, sharpen: 2 })).toEqual(renderMap({ ...map, scores: Float32Array.of(-1, 0, 4) }, size));
  const picture = { width: 3, height: 1, channels: 3, data: new Uint8Array(9).fill(90) } as const;
  const clip = false;
  expect(overlay(picture, map, { clip, sharpen: 2 })).toEqual(overlay(picture, { ...map, scores: Float32Array.of(-1, 0, 4) }, { clip }));
});

describe('mapLayer', () => {
  test('over a grey picture is the overlay', () => {
    const picture = { width: 6, height: 2, channels: 3, data: new Uint8Array(36).fill(90) } as const;
    const wanted = overlay(picture, map, { opacity: 0.7 });
    const layer = mapLayer(map, { ...size, opacity: 0.7 });
    for (let i = 0; i < wanted.data.length; i += 4) {
      const alpha = (layer.data[i + 3] ?? 0) / 255;
      const mixed = [0, 1, 2].map((c) => 90 + alpha * ((layer.data[i + c] ?? 0) - 90));
      for (const [c, value] of mixed.entries()) expect(Math.abs(value - (wanted.data[i + c] ?? 0))).toBeLessThanOrEqual(1);
    }
  });

  test('tells the sign without colour: only what speaks against has stripes', () => {
    const alphas = (scores: Float32Array): Set<number> => {
      const { data } = mapLayer({ grid: [1, 1], scores }, { width: 32, height: 32, striped: true, clip: false });
      return new Set(data.filter((_, i) => i % 4 === 3));
    };
    expect(alphas(Float32Array.of(2)).size).toBe(1);
    expect(alphas(Float32Array.of(-2)).size).toBe(2);
  });

  test('has an opacity from 0 to 1', () => {
    expect(() => mapLayer(map, { ...size, opacity: 2 })).toThrow(ExplanationError);
  });
});
