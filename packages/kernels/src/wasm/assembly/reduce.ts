/**
 * Sum and maximum along an axis.
 */
import { FOLDED_COLUMNS, SUM } from '../../shared-numbers';
import { columnSum, largest, sumOf } from './row-sums';
import { FLOAT, loadSome, storeSome } from './simd';

/** Units are rows of n: out[row] is their sum (SUM) or their maximum (MAX). */
export function reduceRows(begin: i32, end: i32, _scratch: usize, op: i32, x: usize, out: usize, n: i32): void {
  for (let row = begin; row < end; row++) {
    const from = x + <usize>(row * n) * FLOAT;
    store<f32>(out + <usize>row * FLOAT, op === SUM ? sumOf(from, n) : largest(from, n));
  }
}

/** x is [outer, n, inner]. Units are groups of four neighbouring columns; each outer index has ⌈inner / 4⌉. */
export function reduceColumns(begin: i32, end: i32, _scratch: usize, op: i32, x: usize, out: usize, n: i32, inner: i32): void {
  const groups = (inner + FOLDED_COLUMNS - 1) / FOLDED_COLUMNS;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / groups;
    const column = (unit % groups) * FOLDED_COLUMNS;
    const from = x + <usize>(outer * n * inner + column) * FLOAT;
    const count = inner - column;
    const result = op === SUM ? columnSum(from, inner, n, count) : columnLargest(from, inner, n, count);
    storeSome(out + <usize>(outer * inner + column) * FLOAT, result, count);
  }
}

function columnLargest(x: usize, stride: i32, n: i32, count: i32): v128 {
  let result = f32x4.splat(-Infinity);
  for (let row = 0; row < n; row++) {
    result = f32x4.max(result, loadSome(x, count));
    x += <usize>stride * FLOAT;
  }
  return result;
}
