import { describe, expect, it } from 'vitest';
import { preprocess } from './preprocess.ts';
import { type Picture, resize } from './resize.ts';
import { parseSize } from './size.ts';

/** A picture whose red is the column and whose green is the row. */
function ramp(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 200], i * 3);
  return { width, height, channels: 3, data };
}

const preprocessing = {
  fit: 'crop',
  resizeHeight: 4,
  resizeWidth: 4,
  cropFraction: 1,
  cropRounding: 'round',
  resample: 'bicubic',
  resampleNonSquare: 'bilinear',
  rescale: 1 / 255,
  mean: [0.5, 0.25, 0],
  std: [0.5, 0.5, 2],
} as const;
const config = { channels: 3, inputHeight: 4, inputWidth: 4, preprocessing };

describe('preprocess', () => {
  it('normalises each channel, rounding every step to 32 bits', () => {
    const { pixels } = preprocess(ramp(4, 4), config);
    const f = Math.fround;
    expect(pixels.length).toBe(48);
    expect(pixels[3]).toBe(f(f(f(3 / 255) - 0.5) / 0.5));
    expect(pixels[16 + 7]).toBe(f(f(f(1 / 255) - 0.25) / 0.5));
    expect(pixels[32]).toBe(f(f(200 / 255) / 2));
  });

  it('rounds half a pixel to even, as Python does, or down, as Hugging Face does', () => {
    const firstColumn = (width: number, cropRounding: 'round' | 'floor'): number | undefined =>
      preprocess(ramp(width, 4), { ...config, preprocessing: { ...preprocessing, cropRounding } }).picture.data[0];
    expect([5, 6, 7, 9].map((width) => firstColumn(width, 'round'))).toEqual([0, 1, 2, 2]);
    expect([5, 6, 7, 9].map((width) => firstColumn(width, 'floor'))).toEqual([0, 1, 1, 2]);
  });

  it('drops alpha', () => {
    const { width, height, data } = ramp(5, 6);
    const rgba = new Uint8Array(width * height * 4);
    for (let i = 0; i < width * height; i++) rgba.set([...data.subarray(i * 3, i * 3 + 3), i], i * 4);
    expect(preprocess({ width, height, channels: 4, data: rgba }, config)).toEqual(preprocess(ramp(5, 6), config));
  });

  it('makes a picture grey for a model of one channel', () => {
    const grey = preprocess({ width: 1, height: 1, channels: 3, data: Uint8Array.of(10, 200, 90) }, { ...config, channels: 1 });
    // 0.299·10 + 0.587·200 + 0.114·90 = 130.65
    expect(grey.picture.data.subarray(0, 3)).toEqual(Uint8Array.of(131, 131, 131));
    expect(grey.pixels.length).toBe(16);
  });

  it('refuses pixels that do not fit the size', () => {
    expect(() => preprocess({ ...ramp(4, 4), width: 5 }, config)).toThrow('picture: 5×4 with 3 channels and 48 bytes');
  });
});

describe('resize', () => {
  it.each(['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'] as const)('does not change a single colour with %s', (filter) => {
    const data = Uint8Array.from({ length: 5 * 7 * 3 }, (_, i) => [0, 255, 77][i % 3] ?? 0);
    const resized = resize({ width: 5, height: 7, channels: 3, data }, 11, 3, filter);
    expect([resized.width, resized.height]).toEqual([11, 3]);
    expect(resized.data.every((value, i) => value === [0, 255, 77][i % 3])).toBe(true);
  });
  it('gives the picture itself for its own size', () => {
    expect(resize(ramp(5, 7), 5, 7, 'bicubic')).toEqual(ramp(5, 7));
  });
  it('refuses a size of zero', () => {
    expect(() => resize(ramp(5, 7), 0, 7, 'bicubic')).toThrow('cannot be made 0×7');
  });
});

describe('parseSize', () => {
  it('reads one number and width x height', () => {
    expect(parseSize('224')).toEqual({ height: 224, width: 224 });
    expect(parseSize('320x224')).toEqual({ height: 224, width: 320 });
  });
  it.each(['', '0', '-3', '1x', '2.5', 'big', '0x4'])('refuses %j', (text) => {
    expect(() => parseSize(text)).toThrow('is not a size');
  });
});
