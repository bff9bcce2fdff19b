/**
 * Changes the input size or the fit of a configuration: the options `--size` and `--fit` of the command line.
 */
import type { Preprocessing, VitConfig } from '../config.ts';
import { InputError } from '../errors.ts';

/** The size of the input, in pixels. */
export interface InputSize {
  readonly height: number;
  readonly width: number;
}

/** The longest side of an input in pixels: for longer ones the attention weights of a single block would take terabytes. */
export const LARGEST_SIDE = 8192;

/**
 * Reads `224` (square) or `320x224` (width by height).
 * @throws InputError `size` for other texts
 */
export function parseSize(text: string): InputSize {
  const [, width, height = width] = /^(\d{1,5})(?:[x×](\d{1,5}))?$/.exec(text.trim()) ?? [];
  if (Number(width) > 0 && Number(height) > 0) return { height: Number(height), width: Number(width) };
  throw new InputError('size', `size: ${JSON.stringify(text)} is not a size; give one number of pixels (224) or width x height (320x224)`);
}

/**
 * The configuration for another input size. The crop keeps the same share of the picture.
 * @throws InputError `size` unless both sides are multiples of the patch and at most LARGEST_SIDE
 */
export function withInputSize(config: VitConfig, { height, width }: InputSize): VitConfig {
  checkSide('height', height, config.patchHeight);
  checkSide('width', width, config.patchWidth);
  return { ...config, inputHeight: height, inputWidth: width, preprocessing: boxFor(config.preprocessing, height, width) };
}

/** The configuration with another fit. With `squash` the network sees the whole picture, since nothing is cropped. */
export function withFit(config: VitConfig, fit: Preprocessing['fit']): VitConfig {
  if (fit === config.preprocessing.fit) return config;
  const { inputHeight, inputWidth, preprocessing } = config;
  const changed = { ...preprocessing, fit, cropFraction: fit === 'squash' ? 1 : preprocessing.cropFraction };
  return { ...config, preprocessing: boxFor(changed, inputHeight, inputWidth) };
}

/** The preprocessing for an input size, with the box to resize to that timm has: floor(side / cropFraction). */
export function boxFor(preprocessing: Preprocessing, height: number, width: number): Preprocessing {
  const side = (length: number): number => Math.floor(length / preprocessing.cropFraction);
  return { ...preprocessing, resizeHeight: side(height), resizeWidth: side(width) };
}

function checkSide(name: string, length: number, patch: number): void {
  if (Number.isInteger(length) && length > 0 && length % patch === 0 && length <= LARGEST_SIDE) return;
  const below = Math.min(Math.max(1, Math.floor(length / patch)), Math.floor(LARGEST_SIDE / patch)) * patch;
  throw new InputError(
    'size',
    `size: the ${name} ${length} does not fit patches of ${patch} pixels: ` +
      `take a multiple, such as ${below} or ${below + patch}, up to ${LARGEST_SIDE}`,
  );
}
