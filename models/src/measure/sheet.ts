/**
 * A sheet: many mosaics in one picture, on which the model can be measured without the data set.
 */
import { ARTICLE_NAMES } from '../data/fashion-mnist.ts';
import { DataError } from '../data/idx.ts';
import { EMPTY, MOSAIC_CELLS, MOSAIC_SIZE, type Mosaics } from '../data/mosaic.ts';

/** Seed of the mosaics that the model is measured on. The sheet holds the first of them. */
export const EVALUATION_SEED = 20_000;
/** How many mosaics there are in each row of the sheet, and how many rows. */
export const SHEET_SIDE = 8;

const CELLS = MOSAIC_CELLS * MOSAIC_CELLS;

/** A picture of grey bytes, row by row. */
export interface Sheet {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The contents of sample.json: the labels of each mosaic, upper left, upper right, lower left, lower right; null for an empty cell. */
export interface SheetLabels {
  readonly source: string;
  readonly licence: string;
  readonly seed: number;
  readonly cells: readonly (readonly (string | null)[])[];
}

/** Makes a sheet of SHEET_SIDE² mosaics. */
export function layOut({ pixels }: Mosaics): Sheet {
  const side = SHEET_SIDE * MOSAIC_SIZE;
  const data = new Uint8Array(side * side);
  eachRow((inMosaics, inSheet) => data.set(pixels.subarray(inMosaics, inMosaics + MOSAIC_SIZE), inSheet));
  return { width: side, height: side, data };
}

/** The contents of sample.json for a sheet. */
export function sheetLabels({ cells }: Mosaics): SheetLabels {
  const names = Array.from(cells, (label) => (label === EMPTY ? null : (ARTICLE_NAMES[label] ?? null)));
  return {
    source: 'test articles of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017), © Zalando SE',
    licence: 'MIT',
    seed: EVALUATION_SEED,
    cells: Array.from({ length: SHEET_SIDE ** 2 }, (_, mosaic) => names.slice(mosaic * CELLS, (mosaic + 1) * CELLS)),
  };
}

/**
 * The mosaics of a sheet.
 * @throws DataError when the sheet has another size or a label is unknown
 */
export function takeApart({ width, height, data }: Sheet, cells: SheetLabels['cells']): Mosaics {
  const side = SHEET_SIDE * MOSAIC_SIZE;
  if (width !== side || height !== side || data.length !== side * side) {
    throw new DataError(
      `sheet of mosaics: is ${width} × ${height} with ${data.length} bytes, and must be ${side} × ${side} with one byte each`,
    );
  }
  const labels = cells.flatMap((own) => own.map((name) => (name === null ? EMPTY : ARTICLE_NAMES.indexOf(name))));
  const unknown = cells.flat().find((name) => name !== null && !ARTICLE_NAMES.includes(name));
  if (labels.length !== SHEET_SIDE ** 2 * CELLS || unknown !== undefined) {
    throw new DataError(
      `sheet of mosaics: has ${labels.length} labels${unknown === undefined ? '' : `, one of them "${unknown}"`}; write it again`,
    );
  }
  const pixels = new Uint8Array(side * side);
  eachRow((inMosaics, inSheet) => pixels.set(data.subarray(inSheet, inSheet + MOSAIC_SIZE), inMosaics));
  return { count: SHEET_SIDE ** 2, pixels, cells: Int8Array.from(labels) };
}

/** Calls `visit` for each row of pixels of each mosaic with the indices at which it begins, in the mosaics and in the sheet. */
function eachRow(visit: (inMosaics: number, inSheet: number) => void): void {
  for (let mosaic = 0; mosaic < SHEET_SIDE ** 2; mosaic++) {
    const top = Math.floor(mosaic / SHEET_SIDE) * MOSAIC_SIZE;
    const left = (mosaic % SHEET_SIDE) * MOSAIC_SIZE;
    for (let row = 0; row < MOSAIC_SIZE; row++) {
      visit((mosaic * MOSAIC_SIZE + row) * MOSAIC_SIZE, (top + row) * SHEET_SIDE * MOSAIC_SIZE + left);
    }
  }
}
