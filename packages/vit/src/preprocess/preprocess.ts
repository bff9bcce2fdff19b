/**
 * From a picture to what the network reads, as torchvision and timm do it on Pillow images: resize, crop about the centre, scale to
 * 0…1 and normalise. Byte for byte up to the normalisation, and in 32-bit floats from there.
 */
import type { VitConfig } from '../config.ts';
import { InputError } from '../errors.ts';
import { checkPicture, dropAlpha, type Picture, resize } from './resize.ts';

/** The part of a VitConfig that preprocessing reads. */
export type InputConfig = Pick<VitConfig, 'channels' | 'inputHeight' | 'inputWidth' | 'preprocessing'>;

export interface Preprocessed {
  /** [channels, inputHeight, inputWidth]. */
  readonly pixels: Float32Array;
  /** What the network sees before it is normalised: inputWidth × inputHeight, three channels. */
  readonly picture: Picture;
}

/**
 * Prepares one picture. With one input channel the picture becomes grey first, by Pillow's `convert('L')`.
 * @throws InputError `picture` when the pixels do not fit the size, or the model reads neither colours nor grey.
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
 * [height, width] that a picture is resized to before the crop. `crop` with a square box is torchvision's `Resize(side)`: the shorter
 * side becomes `side`, the longer is rounded down. With another box it is timm's ResizeKeepRatio: cover the box, round to nearest.
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

/** Python's `round`. */
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

/** Luma of ITU-R 601 in 16-bit fixed point, in all three channels (Pillow's Convert.c). */
function grey(picture: Picture): Picture {
  const data = new Uint8Array(picture.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r = 0, g = 0, b = 0] = picture.data.subarray(i, i + 3);
    data.fill((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16, i, i + 3);
  }
  return { ...picture, data };
}

/** Every step is rounded to 32 bits, as torch does; since a byte has 256 values, they are tabled. */
function normalise(picture: Picture, channels: number, { rescale, mean, std }: VitConfig['preprocessing']): Float32Array {
  const area = picture.width * picture.height;
  const pixels = new Float32Array(channels * area);
  const table = new Float32Array(256);
  for (let c = 0; c < channels; c++) {
    const m = Math.fround(mean[c] ?? 0);
    const s = Math.fround(std[c] ?? 1);
    // Dividing is not the same as multiplying by the rounded reciprocal, and torchvision divides.
    for (let byte = 0; byte < 256; byte++)
      table[byte] = Math.fround(Math.fround(rescale === 1 / 255 ? byte / 255 : byte * rescale) - m) / s;
    for (let i = 0; i < area; i++) pixels[c * area + i] = table[picture.data[i * 3 + c] ?? 0] ?? 0;
  }
  return pixels;
}
