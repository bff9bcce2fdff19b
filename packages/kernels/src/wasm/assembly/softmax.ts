/**
 * Softmax over rows and its gradient. Units are rows.
 */
import { exp, log1 } from './functions';
import { dot, largest, scaleRow, sumOf } from './row-sums';
import { FLOAT, loadSome, storeSome } from './simd';

/** y ← exp(x − shift); y may be x. */
export function exponentials(x: usize, shift: f32, y: usize, n: i32): void {
  const s = f32x4.splat(shift);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * FLOAT;
    storeSome(y + at, exp(f32x4.sub(loadSome(x + at, n - i), s)), n - i);
  }
}

/** y = softmax(x), or its logarithm. */
export function softmax(begin: i32, end: i32, _scratch: usize, x: usize, y: usize, n: i32, log: i32): void {
  for (let row = begin; row < end; row++) {
    const at = <usize>(row * n) * FLOAT;
    const peak = largest(x + at, n);
    exponentials(x + at, peak, y + at, n);
    const sum = sumOf(y + at, n);
    if (log) subtract(x + at, peak, log1(sum), y + at, n);
    else scaleRow(y + at, 1 / sum, y + at, n);
  }
}

/** y ← x − a − b, one after the other: a may be large. */
function subtract(x: usize, a: f32, b: f32, y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f32>(y + <usize>i * FLOAT, load<f32>(x + <usize>i * FLOAT) - a - b);
}

/** y·(dy − Σ y·dy); of the logarithm: dy − eʸ·Σ dy. */
export function softmaxGradient(begin: i32, end: i32, _scratch: usize, y: usize, dy: usize, out: usize, n: i32, log: i32): void {
  for (let row = begin; row < end; row++) {
    const base = <usize>(row * n) * FLOAT;
    const sum = f32x4.splat(log ? sumOf(dy + base, n) : dot(y + base, dy + base, n));
    for (let i = 0; i < n; i += 4) {
      const at = base + <usize>i * FLOAT;
      const value = loadSome(y + at, n - i);
      const slope = loadSome(dy + at, n - i);
      const gradient = log ? f32x4.sub(slope, f32x4.mul(exp(value), sum)) : f32x4.mul(value, f32x4.sub(slope, sum));
      storeSome(out + at, gradient, n - i);
    }
  }
}
