/**
 * The grid pointing game (Böhle et al. 2021): four pictures of different classes in one mosaic, and the share of the positive score for
 * one class that lies in its own picture. It needs no masks, and chance is a quarter.
 */
import { Random } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { look } from '../view/view.ts';
import type { Trial } from './trial.ts';

/** How many pictures of other classes a mosaic needs. */
export const COMPANIONS = 3;

/** The shape of an input or of a part of one. */
export type PixelShape = readonly [channels: number, height: number, width: number];

/**
 * For each subject, the share of its positive score that lies in the cell of the picture, in a mosaic of the picture and its three
 * companions. The cell is drawn at random. Higher is better. NaN for a map without positive scores.
 *
 * @throws ExplanationError `metric` when there are not three companions
 */
export async function gridPointing({ view, target, subjects, companions = [] }: Trial, seed = 0): Promise<number[]> {
  if (companions.length !== COMPANIONS) {
    throw new ExplanationError(
      'metric',
      `grid pointing game: it needs three pictures of other classes, and there are ${companions.length}`,
    );
  }
  const { channels, inputHeight, inputWidth } = view.vit.config;
  const cell = new Random(seed).below(4);
  const pictures = companions.toSpliced(cell, 0, view.pixels);
  using mosaic = look(view.vit, mosaicOf(pictures, [channels, inputHeight, inputWidth]));
  const coverage = cellCoverage(view.grid, cell);
  const shares: number[] = [];
  for (const subject of subjects) {
    const [map = new Float32Array()] = await subject.explain(mosaic, [target]);
    shares.push(positiveShare(map, coverage));
  }
  return shares;
}

/**
 * The share of the positive score that lies in a region. NaN for a map without positive scores.
 *
 * @param coverage the share of each patch that lies in the region, from 0 to 1
 */
export function positiveShare(map: Float32Array, coverage: Float32Array): number {
  let [inside, all] = [0, 0];
  for (const [i, score] of map.entries()) {
    inside += Math.max(0, score) * (coverage[i] ?? 0);
    all += Math.max(0, score);
  }
  return all === 0 ? Number.NaN : inside / all;
}

/**
 * A mosaic of four inputs, each at half its size.
 *
 * @param pictures [channels, height, width] each: upper left, upper right, lower left, lower right
 * @returns an input of the same shape
 */
export function mosaicOf(pictures: readonly Float32Array[], shape: PixelShape): Float32Array {
  const [channels, height, width] = shape;
  const [middleY, middleX] = [Math.floor(height / 2), Math.floor(width / 2)];
  const out = new Float32Array(channels * height * width);
  for (const [cell, pixels] of pictures.entries()) {
    const [top, bottom] = cell < 2 ? [0, middleY] : [middleY, height];
    const [left, right] = cell % 2 === 0 ? [0, middleX] : [middleX, width];
    const small = shrink(pixels, shape, bottom - top, right - left);
    for (let row = 0; row < channels * (bottom - top); row++) {
      const [c, y] = [Math.floor(row / (bottom - top)), row % (bottom - top)];
      out.set(small.subarray(row * (right - left), (row + 1) * (right - left)), (c * height + top + y) * width + left);
    }
  }
  return out;
}

/** Makes an input smaller. Each pixel is the mean of the pixels that it replaces. */
function shrink(pixels: Float32Array, [channels, height, width]: PixelShape, toHeight: number, toWidth: number): Float32Array {
  const out = new Float32Array(channels * toHeight * toWidth);
  for (let i = 0; i < out.length; i++) {
    const [c, y, x] = [Math.floor(i / (toHeight * toWidth)), Math.floor(i / toWidth) % toHeight, i % toWidth];
    const [top, bottom] = [Math.floor((y * height) / toHeight), Math.ceil(((y + 1) * height) / toHeight)];
    const [left, right] = [Math.floor((x * width) / toWidth), Math.ceil(((x + 1) * width) / toWidth)];
    let sum = 0;
    for (let sourceY = top; sourceY < bottom; sourceY++) {
      for (let sourceX = left; sourceX < right; sourceX++) sum += pixels[(c * height + sourceY) * width + sourceX] ?? 0;
    }
    out[i] = sum / ((bottom - top) * (right - left));
  }
  return out;
}

/** The share of each patch that lies in a cell. When the grid has an odd side, the border of the cells goes through patches. */
function cellCoverage([rows, columns]: readonly [number, number], cell: number): Float32Array {
  const along = (count: number, second: boolean): number[] =>
    Array.from({ length: count }, (_, i) => {
      const first = Math.min(1, Math.max(0, count / 2 - i));
      return second ? 1 - first : first;
    });
  const [vertical, horizontal] = [along(rows, cell >= 2), along(columns, cell % 2 === 1)];
  return Float32Array.from(vertical.flatMap((y) => horizontal.map((x) => y * x)));
}
