/**
 * Turns a picture into the input of the network, as torchvision and timm do with Pillow images: resize, crop the centre, scale to 0…1
 * and normalise. The bytes are the same as theirs up to the normalisation, which is computed in 32-bit floats, as theirs is.
 */
import type { VitConfig } from '../config.ts';
import { InputError } from '../errors.ts';
import { cropOrigin, framingOf, resizedSize } from './framing.ts';
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
  const [left, top] = cropOrigin(fullHeight, fullWidth, framingOf(config));
  const cropped = crop(resized, left, top, width, height);
  return { pixels: normalise(cropped, channels, preprocessing), picture: cropped };
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
