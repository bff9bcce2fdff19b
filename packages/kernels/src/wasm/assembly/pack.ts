/**
 * Matrices brought into the order in which the product of matrices reads them.
 *
 * A strip is ROWS rows of the left matrix, a panel is COLUMNS columns of the right one. In both, the numbers of one step along the common
 * axis lie side by side, because they are used together. The last strip and the last panel are filled up with zeros.
 */
import { COLUMNS, ROWS } from '../../shared-numbers';
import { FLOAT, loadSome } from './simd';

/** Bytes of one step of a strip, and of a panel. */
export const STRIP: usize = FLOAT * ROWS;
export const PANEL: usize = FLOAT * COLUMNS;

/**
 * Packs the right matrix of a product, [depth, columns] with any strides, for each of batch·heads products. Units are panels, of which
 * each product has ⌈columns / 8⌉. Product (batch, head) is read from batch·batchStride + head·headStride on.
 */
export function packPanels(
  begin: i32,
  end: i32,
  _scratch: usize,
  x: usize,
  out: usize,
  depth: i32,
  columns: i32,
  rowStride: i32,
  columnStride: i32,
  heads: i32,
  batchStride: i32,
  headStride: i32,
): void {
  const panels = (columns + COLUMNS - 1) / COLUMNS;
  for (let unit = begin; unit < end; unit++) {
    const product = unit / panels;
    const column = (unit % panels) * COLUMNS;
    const offset = (product / heads) * batchStride + (product % heads) * headStride + column * columnStride;
    const from = x + <usize>offset * FLOAT;
    const to = out + <usize>(unit * depth) * PANEL;
    const count = min(columns - column, COLUMNS);
    if (columnStride === 1) packRows(from, rowStride, to, depth, count);
    else if (rowStride === 1 && count === COLUMNS) packColumns(from, columnStride, to, depth);
    else packAny(from, rowStride, columnStride, to, depth, count, COLUMNS);
  }
}

/** A panel from rows that lie in one piece. */
function packRows(from: usize, rowStride: i32, to: usize, depth: i32, count: i32): void {
  const step = <usize>rowStride * FLOAT;
  for (let p = 0; p < depth; p++) {
    v128.store(to, loadSome(from, count));
    v128.store(to, loadSome(from + 16, count - 4), 16);
    from += step;
    to += PANEL;
  }
}

/** A full panel from columns that lie in one piece: blocks of 4 × 4, transposed. */
function packColumns(from: usize, columnStride: i32, to: usize, depth: i32): void {
  const step = <usize>columnStride * FLOAT;
  const whole = depth & ~3;
  for (let p = 0; p < whole; p += 4) {
    transposeBlock(from, step, to, PANEL);
    transposeBlock(from + 4 * step, step, to + 16, PANEL);
    from += 16;
    to += 4 * PANEL;
  }
  packAny(from, 1, columnStride, to, depth - whole, COLUMNS, COLUMNS);
}

/** Four vectors `step` bytes apart, transposed to four vectors `toStep` bytes apart. */
function transposeBlock(from: usize, step: usize, to: usize, toStep: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + step);
  const c = v128.load(from + 2 * step);
  const d = v128.load(from + 3 * step);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** Packs number by number, `count` numbers and `width` − `count` zeros for each step. */
function packAny(from: usize, depthStride: i32, stride: i32, to: usize, depth: i32, count: i32, width: i32): void {
  for (let p = 0; p < depth; p++) {
    for (let i = 0; i < width; i++) {
      store<f32>(to, i < count ? load<f32>(from + <usize>(p * depthStride + i * stride) * FLOAT) : 0);
      to += FLOAT;
    }
  }
}

/** Packs a strip of `rows` rows (at most ROWS) and `depth` columns, from element (0, 0) at `from`. */
export function packStrip(from: usize, rowStride: i32, columnStride: i32, rows: i32, depth: i32, to: usize): void {
  if (rows < ROWS || (columnStride !== 1 && rowStride !== 1)) {
    packAny(from, columnStride, rowStride, to, depth, rows, ROWS);
  } else if (columnStride === 1) {
    packStripRows(from, rowStride, depth, to);
  } else {
    for (let p = 0; p < depth; p++) {
      v128.store(to, v128.load(from));
      store<u64>(to, load<u64>(from, 16), 16);
      from += <usize>columnStride * FLOAT;
      to += STRIP;
    }
  }
}

/** A full strip from rows that lie in one piece: four rows and two, four columns at a time. */
function packStripRows(from: usize, rowStride: i32, depth: i32, to: usize): void {
  const step = <usize>rowStride * FLOAT;
  const whole = depth & ~3;
  for (let p = 0; p < whole; p += 4) {
    transposeBlock(from, step, to, STRIP);
    const e = v128.load(from + 4 * step);
    const f = v128.load(from + 5 * step);
    const low = v128.shuffle<f32>(e, f, 0, 4, 1, 5);
    const high = v128.shuffle<f32>(e, f, 2, 6, 3, 7);
    v128.store_lane<u64>(to + 16, low, 0);
    v128.store_lane<u64>(to + 16 + STRIP, low, 1);
    v128.store_lane<u64>(to + 16 + 2 * STRIP, high, 0);
    v128.store_lane<u64>(to + 16 + 3 * STRIP, high, 1);
    from += 16;
    to += 4 * STRIP;
  }
  packAny(from, 1, rowStride, to, depth - whole, ROWS, ROWS);
}
