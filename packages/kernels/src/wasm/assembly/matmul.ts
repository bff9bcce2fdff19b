/**
 * Products of matrices, with what is done to them on the way to memory.
 *
 * The right matrix comes packed in panels (packPanels). The left one is packed strip by strip, for the rows of a tile and as many columns
 * as fit into the first cache together with a panel, so that what is read again is still in a cache.
 */

import { COLUMNS, ROWS, THIN_COLUMNS } from '../../shared-numbers';
import { evaluateRun } from './evaluate-run';
import { multiply } from './multiply';
import { PANEL, packStrip } from './pack';
import { dot } from './row-sums';
import { FLOAT, loadSome, madd, storeSome } from './simd';

/** A run of a row, in place: residual + scale ⊙ activation(product + bias). An address of 0 means that there is none. */
function finishRun(out: usize, count: i32, bias: usize, activation: i32, scale: usize, residual: usize): void {
  if (bias) for (let i = 0; i < count; i += 4) addSome(out + <usize>i * FLOAT, bias + <usize>i * FLOAT, count - i);
  if (activation) evaluateRun(activation, out, out, count);
  if (scale) {
    for (let i = 0; i < count; i += 4) {
      const at = <usize>i * FLOAT;
      storeSome(out + at, f32x4.mul(loadSome(out + at, count - i), loadSome(scale + at, count - i)), count - i);
    }
  }
  if (residual) for (let i = 0; i < count; i += 4) addSome(out + <usize>i * FLOAT, residual + <usize>i * FLOAT, count - i);
}

function addSome(out: usize, x: usize, count: i32): void {
  storeSome(out, f32x4.add(loadSome(out, count), loadSome(x, count)), count);
}

/** out ← product, or out ← out + product. */
function keepBlock(product: usize, out: usize, n: i32, height: i32, width: i32, first: bool): void {
  for (let r = 0; r < height; r++) {
    for (let i = 0; i < width; i += 4) {
      const at = <usize>i * FLOAT;
      const v = loadSome(product + at, width - i);
      storeSome(out + at, first ? v : f32x4.add(v, loadSome(out + at, width - i)), width - i);
    }
    product += PANEL;
    out += <usize>n * FLOAT;
  }
}

/** The address `index` floats after `base`, or 0 when there is no base. */
function optional(base: usize, index: i32): usize {
  return base === 0 ? 0 : base + <usize>index * FLOAT;
}

/**
 * out[b] = epilogue(A[b]·B[b]). A is [m, k] with any strides, B packed; `batchA`, `batchPanels` and `batchResidual` are 0 for an operand
 * that serves every batch. Units are tiles of tileRows × tileColumns (multiples of 6 and 8), down the rows first. The common axis is
 * taken in pieces of `depth`, whose sums meet in `out`. Scratch: 192 bytes, and tileRows·min(k, depth) floats.
 */
export function matmul(
  begin: i32,
  end: i32,
  scratch: usize,
  a: usize,
  rowStride: i32,
  columnStride: i32,
  batchA: i32,
  panels: usize,
  batchPanels: i32,
  out: usize,
  m: i32,
  n: i32,
  k: i32,
  tileRows: i32,
  tileColumns: i32,
  depth: i32,
  bias: usize,
  activation: i32,
  scale: usize,
  residual: usize,
  batchResidual: i32,
): void {
  const rowTiles = (m + tileRows - 1) / tileRows;
  const tiles = rowTiles * ((n + tileColumns - 1) / tileColumns);
  const strips = scratch + <usize>(ROWS * COLUMNS) * FLOAT;
  for (let unit = begin; unit < end; unit++) {
    const batch = unit / tiles;
    const row = (unit % rowTiles) * tileRows;
    const column = ((unit % tiles) / rowTiles) * tileColumns;
    const rows = min(tileRows, m - row);
    const lastColumn = min(column + tileColumns, n);
    for (let p = 0; p < k; p += depth) {
      const steps = min(depth, k - p);
      const left = a + <usize>(batch * batchA + row * rowStride + p * columnStride) * FLOAT;
      for (let r = 0; r < rows; r += ROWS) {
        const strip = strips + <usize>(r * steps) * FLOAT;
        packStrip(left + <usize>(r * rowStride) * FLOAT, rowStride, columnStride, min(ROWS, rows - r), steps, strip);
      }
      for (let c = column; c < lastColumn; c += COLUMNS) {
        const panel = panels + <usize>(batch * batchPanels) * FLOAT + <usize>((c / COLUMNS) * k + p) * PANEL;
        for (let r = 0; r < rows; r += ROWS) {
          multiply(strips + <usize>(r * steps) * FLOAT, panel, steps, scratch, PANEL);
          const to = out + <usize>((batch * m + row + r) * n + c) * FLOAT;
          keepBlock(scratch, to, n, min(ROWS, rows - r), min(COLUMNS, n - c), p === 0);
        }
      }
    }
    // The tile is still in the second cache, and runs of its rows are long enough for the functions to be worth calling.
    const width = lastColumn - column;
    for (let r = row; r < row + rows; r++) {
      const at = r * n + column;
      const from = optional(residual, batch * batchResidual + at);
      finishRun(out + <usize>(batch * m * n + at) * FLOAT, width, optional(bias, column), activation, optional(scale, column), from);
    }
  }
}

/**
 * The same for few rows, where packing would cost more than the product: A [m, k] and B [k, n], or [n, k] when `transposeB`, as they lie.
 * Rows of A lie in one piece. Units are groups of 16 columns, of which each batch has ⌈n / 16⌉.
 */
export function matmulThin(
  begin: i32,
  end: i32,
  _scratch: usize,
  a: usize,
  batchA: i32,
  b: usize,
  batchB: i32,
  transposeB: i32,
  out: usize,
  m: i32,
  n: i32,
  k: i32,
  bias: usize,
  activation: i32,
  scale: usize,
  residual: usize,
  batchResidual: i32,
): void {
  const groups = (n + THIN_COLUMNS - 1) / THIN_COLUMNS;
  for (let unit = begin; unit < end; unit++) {
    const batch = unit / groups;
    const column = (unit % groups) * THIN_COLUMNS;
    const count = min(THIN_COLUMNS, n - column);
    for (let row = 0; row < m; row++) {
      const left = a + <usize>(batch * batchA + row * k) * FLOAT;
      const right = b + <usize>(batch * batchB + column * (transposeB ? k : 1)) * FLOAT;
      const at = row * n + column;
      const to = out + <usize>(batch * m * n + at) * FLOAT;
      if (transposeB) dots(left, right, k, to, count);
      else combineRows(left, right, k, n, to, count);
      finishRun(to, count, optional(bias, column), activation, optional(scale, column), optional(residual, batch * batchResidual + at));
    }
  }
}

/** out[j] = a·b[j], rows of b in one piece. */
function dots(a: usize, b: usize, k: i32, out: usize, count: i32): void {
  for (let j = 0; j < count; j++) store<f32>(out + <usize>j * FLOAT, dot(a, b + <usize>(j * k) * FLOAT, k));
}

/** out = Σ_p a[p]·b[p], up to 16 columns of b. */
function combineRows(a: usize, b: usize, k: i32, stride: i32, out: usize, count: i32): void {
  for (let j = 0; j < count; j += 4) {
    let from = b + <usize>j * FLOAT;
    let sum = f32x4.splat(0);
    for (let p = 0; p < k; p++) {
      sum = madd(v128.load32_splat(a + <usize>p * FLOAT), loadSome(from, count - j), sum);
      from += <usize>stride * FLOAT;
    }
    storeSome(out + <usize>j * FLOAT, sum, count - j);
  }
}
