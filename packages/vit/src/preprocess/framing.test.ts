/** The geometry of preprocessing alone is that of preprocessing. */
import { describe, expect, it } from 'vitest';
import { type Framing, framingOf, resizedSize, visiblePart } from './framing.ts';
import { preprocess } from './preprocess.ts';

describe('resizedSize', () => {
  const box = (fit: 'crop' | 'squash', resizeHeight: number, resizeWidth: number): Parameters<typeof resizedSize>[2] => ({
    fit,
    resizeHeight,
    resizeWidth,
  });
  it('rounds the longer side down, as torchvision does', () => {
    expect(resizedSize(451, 300, box('crop', 71, 71))).toEqual([106, 71]);
    expect(resizedSize(300, 451, box('crop', 71, 71))).toEqual([71, 106]);
  });
  it('covers a box that is not square, rounding to nearest, as timm does', () => {
    expect(resizedSize(512, 512, box('crop', 44, 80))).toEqual([80, 80]);
    expect(resizedSize(400, 601, box('crop', 44, 80))).toEqual([53, 80]);
  });
  it('fills the box when it squashes', () => {
    expect(resizedSize(512, 100, box('squash', 44, 80))).toEqual([44, 80]);
  });
});

describe('visiblePart', () => {
  const framing: Framing = { fit: 'crop', resizeHeight: 4, resizeWidth: 4, cropRounding: 'round', inputHeight: 4, inputWidth: 4 };

  it('is the centre of a photo that is wider than high', () => {
    expect(visiblePart(400, 800, framing)).toEqual({ left: 0.25, top: 0, width: 0.5, height: 1 });
  });
  it('is smaller where the box is larger than the input', () => {
    expect(visiblePart(80, 80, { ...framing, resizeHeight: 8, resizeWidth: 8 })).toEqual({
      left: 0.25,
      top: 0.25,
      width: 0.5,
      height: 0.5,
    });
  });
  it('is the whole of a photo that is squashed', () => {
    expect(visiblePart(300, 800, { ...framing, fit: 'squash' })).toEqual({ left: 0, top: 0, width: 1, height: 1 });
  });
  it.each(['round', 'floor'] as const)('is what preprocessing cuts out when it rounds by %s', (cropRounding) => {
    // Nothing is resized, so a pixel's red is its column in the photo.
    const data = Uint8Array.from({ length: 7 * 4 * 3 }, (_, i) => (i % 3 === 0 ? (i / 3) % 7 : 0));
    const preprocessing = { ...framing, cropRounding, cropFraction: 1, resample: 'bicubic', resampleNonSquare: 'bilinear' } as const;
    const config = {
      channels: 3,
      inputHeight: 4,
      inputWidth: 4,
      preprocessing: { ...preprocessing, rescale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
    };
    const { picture } = preprocess({ width: 7, height: 4, channels: 3, data }, config);
    expect(Math.round(visiblePart(4, 7, framingOf(config)).left * 7)).toBe(picture.data[0]);
  });
});
