/**
 * Turns a picture into the input of the network, as torchvision and timm do with Pillow images: resize, crop the centre, scale to 0…1
 * and normalise. The bytes are the same as theirs up to the normalisation, which is computed in 32-bit floats, as theirs is.
 */
import type { VitConfig } from '../config.ts';
import { InputError } from '../errors.ts';
import { checkPicture, dropAlpha, type Picture, resize } from './resize.ts';

/** The part of a VitConfig that preprocessing reads. */
export type InputConfig = Pick<VitConfig, 'channels' | 'inputHeight' | 'inputWidth' | 'preprocessing'>;

/** A picture that was prepared for a model. */
export interface Preprocessed {
  /** The input, [channels, inputHeight, inputWidth]. */
  readonly pixels: Float32Array;
  /** The input before it is normalised, as a picture of inputWidth × inputHeight with three channels. */
  readonly picture: Picture;
}

/**
 * Prepares one picture. For a model with one input channel the picture first becomes grey, as by Pillow's `convert('L')`.
 * @throws InputError `picture` when the bytes do not fit the size, or when the model has neither one input channel nor three
 */
export function preprocess(picture: Picture, config: InputConfig): Preprocessed {
  checkPicture(picture);
  const { channels, inputHeight: height, inputWidth: width, preprocessing } = config;
  if (channels !== 1 && channels !== 3)
    throw new InputError(
      'picture',
      `preprocess: the model reads ${channels} channels; only pictures of 3 (colour) or 1 (grey) are prepared here`,
    );
  const colours = dropAlpha(picture);
  const source = channels === 1 ? grey(colours) : colours;
  const [fullHeight, fullWidth] = resizedSize(source.height, source.width, preprocessing);
  const square = preprocessing.resizeHeight === preprocessing.resizeWidth;
  const resample = preprocessing.fit === 'squash' || square ? preprocessing.resample : preprocessing.resampleNonSquare;
  const resized = resize(source, fullWidth, fullHeight, resample);
  const shift = preprocessing.cropRounding === 'round' ? roundHalfToEven : Math.floor;
  const cropped = crop(resized, shift((fullWidth - width) / 2), shift((fullHeight - height) / 2), width, height);
  return { pixels: normalise(cropped, channels, preprocessing), picture: cropped };
}

/**
 * The size [height, width] that a picture is resized to before the crop. `crop` with a square box is torchvision's `Resize(side)`: the
 * shorter side becomes `side`, and the longer one is rounded down. With another box it is timm's ResizeKeepRatio: the picture covers the
 * box, and the sides are rounded to the nearest whole number.
 */
export function resizedSize(
  height: number,
  width: number,
  to: Pick<VitConfig['preprocessing'], 'fit' | 'resizeHeight' | 'resizeWidth'>,
): readonly [number, number] {
  const { resizeHeight, resizeWidth } = to;
  if (to.fit === 'squash') return [resizeHeight, resizeWidth];
  if (resizeHeight === resizeWidth) {
    return width <= height
      ? [Math.trunc((resizeHeight * height) / width), resizeWidth]
      : [resizeHeight, Math.trunc((resizeWidth * width) / height)];
  }
  const ratio = Math.min(height / resizeHeight, width / resizeWidth);
  return [roundHalfToEven(height / ratio), roundHalfToEven(width / ratio)];
}

/** Rounds as Python's `round` does. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

function crop(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = ((y + top) * picture.width + left) * 3;
    out.set(picture.data.subarray(from, from + width * 3), y * width * 3);
  }
  return { width, height, channels: 3, data: out };
}

/** The luma of ITU-R BT.601 in 16-bit fixed point, in all three channels (Pillow's Convert.c). */
function grey(picture: Picture): Picture {
  const data = new Uint8Array(picture.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r = 0, g = 0, b = 0] = picture.data.subarray(i, i + 3);
    data.fill((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16, i, i + 3);
  }
  return { ...picture, data };
}

/** Rounds every step to 32 bits, as torch does. A byte has only 256 values, so the results are looked up in a table. */
function normalise(picture: Picture, channels: number, { rescale, mean, std }: VitConfig['preprocessing']): Float32Array {
  const area = picture.width * picture.height;
  const pixels = new Float32Array(channels * area);
  const table = new Float32Array(256);
  for (let c = 0; c < channels; c++) {
    const m = Math.fround(mean[c] ?? 0);
    const s = Math.fround(std[c] ?? 1);
    // Dividing by 255 and multiplying by the rounded 1/255 can differ in the last bit, and torchvision divides.
    for (let byte = 0; byte < 256; byte++)
      table[byte] = Math.fround(Math.fround(rescale === 1 / 255 ? byte / 255 : byte * rescale) - m) / s;
    for (let i = 0; i < area; i++) pixels[c * area + i] = table[picture.data[i * 3 + c] ?? 0] ?? 0;
  }
  return pixels;
}
