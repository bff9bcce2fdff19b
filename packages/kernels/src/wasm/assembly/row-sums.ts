/**
 * Sums, maxima and dot products of one row, shared by the kernels that fold an axis.
 *
 * A long chain of additions loses digits; so sums are taken in blocks, each in four vectors, and the blocks are added in 64 bits.
 */
import { FLOAT, loadSome, madd, sumOfLanes } from './simd';

const BLOCK = 1024;

/** Which sum: of x, of x·y, of (x − shift)², as vectors of four terms. */
function term(kind: i32, x: v128, y: usize, shift: v128): v128 {
  if (kind === 0) return x;
  if (kind === 1) return f32x4.mul(x, v128.load(y));
  const d = f32x4.sub(x, shift);
  return f32x4.mul(d, d);
}

function total(kind: i32, x: usize, y: usize, shift: f32, n: i32): f32 {
  const s = f32x4.splat(shift);
  let sum: f64 = 0;
  let i = 0;
  while (i + 4 <= n) {
    const end = min(i + BLOCK, n);
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    for (; i + 8 <= end; i += 8) {
      const at = <usize>i * FLOAT;
      s0 = f32x4.add(s0, term(kind, v128.load(x + at), y + at, s));
      s1 = f32x4.add(s1, term(kind, v128.load(x + at, 16), y + at + 16, s));
    }
    for (; i + 4 <= end; i += 4) s0 = f32x4.add(s0, term(kind, v128.load(x + <usize>i * FLOAT), y + <usize>i * FLOAT, s));
    sum += sumOfLanes(f32x4.add(s0, s1));
  }
  for (; i < n; i++) {
    const a = load<f32>(x + <usize>i * FLOAT);
    if (kind === 0) sum += a;
    else if (kind === 1) sum += a * load<f32>(y + <usize>i * FLOAT);
    else sum += (a - shift) * (a - shift);
  }
  return <f32>sum;
}

/** Σ x */
export function sumOf(x: usize, n: i32): f32 {
  return total(0, x, x, 0, n);
}

/** Σ x·y */
export function dot(x: usize, y: usize, n: i32): f32 {
  return total(1, x, y, 0, n);
}

/** Σ (x − centre)² */
export function sumOfSquares(x: usize, centre: f32, n: i32): f32 {
  return total(2, x, x, centre, n);
}

/** The largest of n numbers; NaN when one is NaN. */
export function largest(x: usize, n: i32): f32 {
  let result = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= n; i += 4) result = f32x4.max(result, v128.load(x + <usize>i * FLOAT));
  if (i < n) {
    const rest = loadSome(x + <usize>i * FLOAT, n - i);
    // Lanes without a number repeat the first.
    const first = f32x4.splat(f32x4.extract_lane(rest, 0));
    result = f32x4.max(result, first);
    if (n - i > 1) result = f32x4.max(result, f32x4.replace_lane(first, 1, f32x4.extract_lane(rest, 1)));
    if (n - i > 2) result = f32x4.max(result, f32x4.replace_lane(first, 2, f32x4.extract_lane(rest, 2)));
  }
  const low = max(f32x4.extract_lane(result, 0), f32x4.extract_lane(result, 1));
  return max(low, max(f32x4.extract_lane(result, 2), f32x4.extract_lane(result, 3)));
}

/** y ← factor·x */
export function scaleRow(x: usize, factor: f32, y: usize, n: i32): void {
  const f = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + <usize>i * FLOAT, f32x4.mul(f, v128.load(x + <usize>i * FLOAT)));
  for (; i < n; i++) store<f32>(y + <usize>i * FLOAT, factor * load<f32>(x + <usize>i * FLOAT));
}

/** Lanes of four neighbouring columns, summed down n rows that lie `stride` apart; `count` columns are there. */
export function columnSum(x: usize, stride: i32, n: i32, count: i32): v128 {
  const step = <usize>stride * FLOAT;
  let sum = f32x4.splat(0);
  let row = 0;
  while (row < n) {
    const end = min(row + 128, n);
    let block = f32x4.splat(0);
    for (; row < end; row++) {
      block = f32x4.add(block, loadSome(x, count));
      x += step;
    }
    sum = f32x4.add(sum, block);
  }
  return sum;
}

/** Σ dy·(x − mean)·rstd down the rows of four neighbouring columns. */
export function normalisedColumnSum(x: usize, dy: usize, mean: usize, rstd: usize, stride: i32, n: i32, count: i32): v128 {
  const step = <usize>stride * FLOAT;
  let sum = f32x4.splat(0);
  let row = 0;
  while (row < n) {
    const end = min(row + 128, n);
    let block = f32x4.splat(0);
    for (; row < end; row++) {
      const centred = f32x4.sub(loadSome(x, count), v128.load32_splat(mean));
      block = madd(f32x4.mul(centred, v128.load32_splat(rstd)), loadSome(dy, count), block);
      x += step;
      dy += step;
      mean += FLOAT;
      rstd += FLOAT;
    }
    sum = f32x4.add(sum, block);
  }
  return sum;
}
