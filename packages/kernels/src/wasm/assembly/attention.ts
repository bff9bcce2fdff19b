/**
 * Attention: for a strip of six queries, the scores with all keys, their softmax, and the product with the values. Nothing of the size
 * queries × keys exists: a thread holds six rows of scores at a time.
 *
 * k (as the right matrix [headSize, keys]) and v (as [keys, headSize]) come packed in panels, head by head.
 */

import { COLUMNS, ROWS } from '../../shared-numbers';
import { log1 } from './functions';
import { multiply } from './multiply';
import { PANEL, packStrip, STRIP } from './pack';
import { largest, scaleRow, sumOf } from './row-sums';
import { FLOAT } from './simd';
import { exponentials } from './softmax';

/** Rows of scores, padded to whole panels. */
export function padded(count: i32): i32 {
  return (count + COLUMNS - 1) & ~(COLUMNS - 1);
}

/** rows[r][c] = strip·panels for all `columns` columns; rows are padded(columns) long. */
export function scoreRows(strip: usize, panels: usize, columns: i32, depth: i32, rows: usize): void {
  const length = padded(columns);
  for (let c = 0; c < length; c += COLUMNS) {
    multiply(strip, panels + <usize>(c * depth) * FLOAT, depth, rows + <usize>c * FLOAT, <usize>length * FLOAT);
  }
}

/** Rows of a strip times all panels, to `count` rows that lie `stride` apart. `product` is room for 6 × 8 floats. */
export function gatherRows(
  strip: usize,
  panels: usize,
  columns: i32,
  depth: i32,
  product: usize,
  out: usize,
  stride: i32,
  count: i32,
): void {
  for (let c = 0; c < columns; c += COLUMNS) {
    multiply(strip, panels + <usize>(c * depth) * FLOAT, depth, product, PANEL);
    for (let r = 0; r < count; r++) {
      scaleRow(product + <usize>r * PANEL, 1, out + <usize>(r * stride + c) * FLOAT, min(COLUMNS, columns - c));
    }
  }
}

/**
 * out = softmax(scale·q·kᵀ)·v and the log-sum-exp of each row of scores. Units are strips of six queries, of which each head of each
 * batch has ⌈queries / 6⌉. q of (batch, query, head) lies at (batch·queries + query)·strideQ + head·headSize.
 * Scratch: floats for 6·8 products, 6·headSize of q, 6·padded(keys) scores and as many weights.
 */
export function attention(
  begin: i32,
  end: i32,
  scratch: usize,
  q: usize,
  strideQ: i32,
  panelsK: usize,
  panelsV: usize,
  out: usize,
  logSumExp: usize,
  heads: i32,
  queries: i32,
  keys: i32,
  headSize: i32,
  scale: f32,
): void {
  const strips = (queries + ROWS - 1) / ROWS;
  const length = padded(keys);
  const stripQ = scratch + <usize>(ROWS * COLUMNS) * FLOAT;
  const scores = stripQ + <usize>headSize * STRIP;
  const weights = scores + <usize>length * STRIP;
  for (let unit = begin; unit < end; unit++) {
    const product = unit / strips;
    const query = (unit % strips) * ROWS;
    const count = min(ROWS, queries - query);
    const token = (product / heads) * queries + query;
    const head = product % heads;
    packStrip(q + <usize>(token * strideQ + head * headSize) * FLOAT, strideQ, 1, count, headSize, stripQ);
    scoreRows(stripQ, panelsK + <usize>(product * length * headSize) * FLOAT, keys, headSize, scores);
    for (let r = 0; r < count; r++) {
      const row = scores + <usize>(r * length) * FLOAT;
      scaleRow(row, scale, row, keys);
      const peak = largest(row, keys);
      exponentials(row, peak, row, keys);
      const sum = sumOf(row, keys);
      store<f32>(logSumExp + <usize>(product * queries + query + r) * FLOAT, peak + log1(sum));
      scaleRow(row, 1 / sum, row, keys);
    }
    packStrip(scores, length, 1, count, keys, weights);
    const width = heads * headSize;
    const to = out + <usize>(token * width + head * headSize) * FLOAT;
    gatherRows(weights, panelsV + <usize>(product * padded(headSize) * keys) * FLOAT, headSize, keys, scratch, to, width, count);
  }
}
