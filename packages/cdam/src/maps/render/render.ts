/**
 * Draws maps, either alone or over the picture that they explain.
 */
import type { Picture } from '@cdam/vit';
import { ExplanationError } from '../../errors.ts';
import { sharpened } from '../sharpen.ts';
import type { TokenMap } from '../token-map.ts';
import { clipToQuantiles, type QuantileRange } from './clip.ts';
import { blackCentred, type ColourScale, colourOffset, colourTable } from './colours.ts';
import { type Enlargement, enlarge } from './enlarge.ts';

/** Red, green, blue and opacity of every pixel, row by row, as `ImageData` of a canvas takes them. */
export interface RgbaImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** The part of a map that is drawn. */
export type Scores = Pick<TokenMap, 'grid' | 'scores'>;

/** How scores become colours. */
export interface ColouringOptions {
  /** By default `blackCentred`, the scale of the paper. */
  readonly scale?: ColourScale | undefined;
  /** The quantiles to clip scores to, [0.01, 0.99] by default; `false` does not clip. */
  readonly clip?: QuantileRange | false | undefined;
  /** The score at the end of the colour scale, so that several maps share one; scores beyond it are drawn as it, and `clip` is not used. */
  readonly unit?: number | undefined;
  /** The power of `sharpened`, for the clipped scores: 1 by default, which changes nothing. */
  readonly sharpen?: number | undefined;
}

/** How to draw a map alone. */
export interface RenderOptions extends ColouringOptions {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** `nearest` by default. */
  readonly enlargement?: Enlargement | undefined;
}

/** How to draw a map over its picture. */
export interface OverlayOptions extends ColouringOptions {
  /** How much the strongest scores cover the picture, from 0 to 1: 0.85 by default. */
  readonly opacity?: number | undefined;
  /** `smooth` by default. */
  readonly enlargement?: Enlargement | undefined;
}

/** How to draw a map that is laid over its picture by whoever shows both. */
export interface LayerOptions extends RenderOptions {
  /** How much the strongest scores cover the picture, from 0 to 1: 0.85 by default. */
  readonly opacity?: number | undefined;
  /** True to draw what speaks against the target in stripes, so that the sign does not depend on colour. */
  readonly striped?: boolean | undefined;
}

/** The longest side of an image, in pixels. */
const LARGEST_SIDE = 16384;

/** Scores as they are drawn. */
export interface DisplayedScores {
  /** One for each patch, from −1 to 1: the clipped score divided by `unit`, then sharpened if that is wanted. */
  readonly values: Float32Array;
  /** The score at the end of the colour scale: the largest magnitude after clipping. 0 for a map of zeros. */
  readonly unit: number;
}

/**
 * The scores of a map as they are drawn: clipped, and divided by one number for both signs, so that zero stays zero.
 * @param unit the number to divide by, above 0, in place of the largest magnitude after clipping to quantiles
 * @throws ExplanationError `map` when a score is not finite, or when there are not as many scores as the grid has patches; `rendering`
 *   for a power below 1
 */
export function displayedScores(
  map: Scores,
  clip: QuantileRange | false = [0.01, 0.99],
  sharpen = 1,
  unit?: number | undefined,
): DisplayedScores {
  checkScoresFit(map);
  if (unit !== undefined) {
    const values = map.scores.map((score) => Math.max(-1, Math.min(1, score / unit)));
    // The end of the scale is sharpened along, as the strongest score, so that maps of one scale stay comparable.
    return { values: sharpened(Float32Array.of(...values, 1), sharpen).subarray(0, values.length), unit };
  }
  const clipped = clip === false ? map.scores : clipToQuantiles(map.scores, clip);
  const largest = clipped.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
  return { values: sharpened(largest === 0 ? clipped : clipped.map((score) => score / largest), sharpen), unit: largest };
}

/**
 * A map as a picture. Both signs share one scale, and a map of zeros has the colour of zero everywhere.
 *
 * @throws ExplanationError `map` when a score is not finite, or when there are not as many scores as the grid has patches; `rendering`
 *   for a size, a range of quantiles, a unit or a power that cannot be drawn
 */
export function renderMap(map: Scores, options: RenderOptions): RgbaImage {
  const { width, height, scale = blackCentred, enlargement = 'nearest' } = options;
  const pixels = toPixels(map, { ...options, width, height, enlargement });
  const table = colourTable(scale);
  const data = new Uint8ClampedArray(width * height * 4);
  pixels.forEach((value, i) => {
    const from = colourOffset(value);
    data.set(table.subarray(from, from + 3), i * 4);
    data[i * 4 + 3] = 255;
  });
  return { width, height, data };
}

/**
 * A map over its picture. The picture is shown in grey, so that all colours come from the map. Each pixel is mixed with the colour at the
 * positive or the negative end of the scale, in proportion to the magnitude of its score; where the score is zero, the picture stays as
 * it is.
 *
 * @param picture what the model saw (`view.picture`), or the same at another size
 * @throws ExplanationError as `renderMap` does, and `rendering` for an opacity outside of [0, 1]
 */
export function overlay(picture: Picture, map: Scores, options: OverlayOptions = {}): RgbaImage {
  const { scale = blackCentred, opacity = 0.85, enlargement = 'smooth' } = options;
  checkOpacity(opacity);
  const { width, height, channels } = picture;
  const pixels = toPixels(map, { ...options, width, height, enlargement });
  const table = colourTable(scale);
  const data = new Uint8ClampedArray(width * height * 4);
  pixels.forEach((value, i) => {
    const at = i * channels;
    // The luma of ITU-R BT.601.
    const grey = 0.299 * (picture.data[at] ?? 0) + 0.587 * (picture.data[at + 1] ?? 0) + 0.114 * (picture.data[at + 2] ?? 0);
    const from = colourOffset(Math.sign(value));
    const cover = opacity * Math.abs(value);
    for (let c = 0; c < 3; c++) data[i * 4 + c] = grey + cover * ((table[from + c] ?? 0) - grey);
    data[i * 4 + 3] = 255;
  });
  return { width, height, data };
}

/**
 * What `overlay` lays over a picture, alone: the colour of the positive or the negative end, as opaque as its score is strong, and nothing where
 * the score is zero.
 *
 * @throws ExplanationError as `overlay` does
 */
export function mapLayer(map: Scores, options: LayerOptions): RgbaImage {
  const { width, height, scale = blackCentred, opacity = 0.85, enlargement = 'smooth', striped = false } = options;
  checkOpacity(opacity);
  const pixels = toPixels(map, { ...options, enlargement });
  const table = colourTable(scale);
  const ends = [colourOffset(-1), colourOffset(0), colourOffset(1)].map((at) => table.subarray(at, at + 3));
  const data = new Uint8ClampedArray(width * height * 4);
  // Four stripes to a patch and never thinner than two pixels.
  const stripe = Math.max(2, Math.round(width / map.grid[1] / 8));
  for (let i = 0, y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = pixels[i] ?? 0;
      const colour = ends[Math.sign(value) + 1];
      const gap = striped && value < 0 && Math.floor((x + y) / stripe) % 2 === 1;
      data[i * 4] = colour?.[0] ?? 0;
      data[i * 4 + 1] = colour?.[1] ?? 0;
      data[i * 4 + 2] = colour?.[2] ?? 0;
      data[i * 4 + 3] = 255 * opacity * Math.abs(value) * (gap ? GAP : 1);
    }
  }
  return { width, height, data };
}

/** How opaque the gap between two stripes is, as a share. */
const GAP = 0.3;

function checkOpacity(opacity: number): void {
  if (!(opacity >= 0 && opacity <= 1)) throw new ExplanationError('rendering', `overlay: the opacity ${opacity} is not between 0 and 1`);
}

/** One value from −1 to 1 for each pixel. */
function toPixels(map: Scores, options: RenderOptions & { readonly enlargement: Enlargement }): Float32Array {
  const { width, height, clip, sharpen, unit, enlargement } = options;
  if (unit !== undefined && !(unit > 0 && unit < Number.POSITIVE_INFINITY))
    throw new ExplanationError('rendering', `render: the unit ${unit} is no score at the end of a colour scale; give a number above 0`);
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > LARGEST_SIDE) {
      throw new ExplanationError(
        'rendering',
        `render: a map cannot be drawn ${width}×${height} pixels large; both sides must be whole numbers from 1 to ${LARGEST_SIDE}`,
      );
    }
  }
  return enlarge(displayedScores(map, clip, sharpen, unit).values, map.grid, height, width, enlargement);
}

function checkScoresFit({ grid: [rows, columns], scores }: Scores): void {
  if (scores.length !== rows * columns || scores.length === 0) {
    throw new ExplanationError('map', `render: ${scores.length} scores do not fill a grid of ${rows}×${columns} patches`);
  }
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) {
    throw new ExplanationError(
      'map',
      `render: the score of patch ${bad} (row ${Math.floor(bad / columns)}, column ${bad % columns}) is ${scores[bad]}, which has no colour`,
    );
  }
}
