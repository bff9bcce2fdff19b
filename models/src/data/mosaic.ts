/**
 * Mosaics: pictures of 2 × 2 cells, each with an article or empty. The classes in a mosaic and their places are known, so mosaics show
 * whether the map of a class points at that class (the grid pointing game: Böhle, Fritz and Schiele 2021).
 */
import type { Random } from '@cdam/tensor';
import type { Picture } from '@cdam/vit';
import { ARTICLE_NAMES, ARTICLE_SIZE, type Articles } from './fashion-mnist.ts';

/** Cells along a side. */
export const MOSAIC_CELLS = 2;
/** Side of a mosaic, in pixels. */
export const MOSAIC_SIZE: number = MOSAIC_CELLS * ARTICLE_SIZE;
/** The value in `Mosaics.cells` of an empty cell. */
export const EMPTY = -1;

/** A number of mosaics. */
export interface Mosaics {
  readonly count: number;
  /** Grey bytes, [count, 56, 56]. */
  readonly pixels: Uint8Array;
  /** The class in each cell, or EMPTY, [count, 4]: upper left, upper right, lower left, lower right. */
  readonly cells: Int8Array;
}

/**
 * Draws mosaics at random. In each cell every article is equally likely. Equal states of `random` give equal mosaics.
 *
 * @param empty the probability that a cell stays empty, from 0 to 1; one random cell of every mosaic is always filled
 */
export function drawMosaics(articles: Articles, count: number, random: Random, empty: number): Mosaics {
  const cellsPerMosaic = MOSAIC_CELLS * MOSAIC_CELLS;
  const pixels = new Uint8Array(count * MOSAIC_SIZE * MOSAIC_SIZE);
  const cells = new Int8Array(count * cellsPerMosaic).fill(EMPTY);
  for (let mosaic = 0; mosaic < count; mosaic++) {
    const filled = random.below(cellsPerMosaic);
    for (let cell = 0; cell < cellsPerMosaic; cell++) {
      if (random.uniform() < empty && cell !== filled) continue;
      const article = random.below(articles.count);
      cells[mosaic * cellsPerMosaic + cell] = articles.labels[article] ?? EMPTY;
      paste(articles, article, pixels, mosaic, cell);
    }
  }
  return { count, pixels, cells };
}

/** Copies an article into a cell of a mosaic. */
function paste(articles: Articles, article: number, pixels: Uint8Array, mosaic: number, cell: number): void {
  const top = Math.floor(cell / MOSAIC_CELLS) * ARTICLE_SIZE;
  const left = (cell % MOSAIC_CELLS) * ARTICLE_SIZE;
  for (let row = 0; row < ARTICLE_SIZE; row++) {
    const source = (article * ARTICLE_SIZE + row) * ARTICLE_SIZE;
    pixels.set(articles.pixels.subarray(source, source + ARTICLE_SIZE), (mosaic * MOSAIC_SIZE + top + row) * MOSAIC_SIZE + left);
  }
}

/**
 * Mosaics as the model reads them: grey in three equal channels, each value (byte / 255 − mean) / std.
 * @returns [count, 3, 56, 56]
 */
export function mosaicInput({ count, pixels }: Mosaics, { mean, std }: { readonly mean: number; readonly std: number }): Float32Array {
  const area = MOSAIC_SIZE * MOSAIC_SIZE;
  const input = new Float32Array(count * 3 * area);
  for (let mosaic = 0; mosaic < count; mosaic++) {
    for (let i = 0; i < area; i++) {
      const value = ((pixels[mosaic * area + i] ?? 0) / 255 - mean) / std;
      for (let channel = 0; channel < 3; channel++) input[(mosaic * 3 + channel) * area + i] = value;
    }
  }
  return input;
}

/** One mosaic as a picture for the model, with equal red, green and blue. */
export function mosaicPicture({ pixels }: Mosaics, mosaic: number): Picture {
  const area = MOSAIC_SIZE * MOSAIC_SIZE;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) data.fill(pixels[mosaic * area + i] ?? 0, 3 * i, 3 * i + 3);
  return { width: MOSAIC_SIZE, height: MOSAIC_SIZE, channels: 3, data };
}

/** 1 for each class that a mosaic shows, once or more often, and 0 for the others: [count, 10]. */
export function mosaicTargets({ count, cells }: Mosaics): Float32Array {
  const classes = ARTICLE_NAMES.length;
  const targets = new Float32Array(count * classes);
  cells.forEach((label, i) => {
    if (label !== EMPTY) targets[Math.floor(i / (MOSAIC_CELLS * MOSAIC_CELLS)) * classes + label] = 1;
  });
  return targets;
}

/** The cell that shows a class; undefined when no cell or several cells do. */
export function onlyCellOf({ cells }: Mosaics, mosaic: number, label: number): number | undefined {
  const own = cells.subarray(mosaic * MOSAIC_CELLS * MOSAIC_CELLS, (mosaic + 1) * MOSAIC_CELLS * MOSAIC_CELLS);
  const first = own.indexOf(label);
  return first >= 0 && first === own.lastIndexOf(label) ? first : undefined;
}
