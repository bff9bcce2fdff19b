/**
 * Layer normalisation: the mean first, then the variance around it, so that rows far from 0 lose no digits.
 */
import { FOLDED_COLUMNS } from '../../shared-numbers';
import { normalisedColumnSum, sumOf, sumOfSquares } from './row-sums';
import { FLOAT, loadSome, madd, storeSome, sumOfLanes } from './simd';

/** y = (x − mean)·rstd·gain + bias. Units are rows of n. */
export function layerNorm(
  begin: i32,
  end: i32,
  _scratch: usize,
  x: usize,
  gain: usize,
  bias: usize,
  y: usize,
  mean: usize,
  rstd: usize,
  n: i32,
  epsilon: f32,
): void {
  for (let row = begin; row < end; row++) {
    const base = <usize>(row * n) * FLOAT;
    const average = sumOf(x + base, n) / <f32>n;
    const scale: f32 = 1 / sqrt<f32>(sumOfSquares(x + base, average, n) / <f32>n + epsilon);
    store<f32>(mean + <usize>row * FLOAT, average);
    store<f32>(rstd + <usize>row * FLOAT, scale);
    const m = f32x4.splat(average);
    const s = f32x4.splat(scale);
    for (let i = 0; i < n; i += 4) {
      const at = <usize>i * FLOAT;
      const normalised = f32x4.mul(f32x4.sub(loadSome(x + base + at, n - i), m), s);
      storeSome(y + base + at, madd(normalised, loadSome(gain + at, n - i), loadSome(bias + at, n - i)), n - i);
    }
  }
}

/** With x̂ the normalised row and g = dy·gain: rstd·(g − mean(g) − x̂·mean(g·x̂)), without the last term if `held`. Units are rows of n. */
export function layerNormGradient(
  begin: i32,
  end: i32,
  _scratch: usize,
  x: usize,
  gain: usize,
  mean: usize,
  rstd: usize,
  dy: usize,
  out: usize,
  n: i32,
  held: i32,
): void {
  for (let row = begin; row < end; row++) {
    const base = <usize>(row * n) * FLOAT;
    const m = v128.load32_splat(mean + <usize>row * FLOAT);
    const s = v128.load32_splat(rstd + <usize>row * FLOAT);
    let sumG = f32x4.splat(0);
    let sumGx = f32x4.splat(0);
    for (let i = 0; i < n; i += 4) {
      const at = <usize>i * FLOAT;
      const g = f32x4.mul(loadSome(dy + base + at, n - i), loadSome(gain + at, n - i));
      sumG = f32x4.add(sumG, g);
      sumGx = madd(g, f32x4.mul(f32x4.sub(loadSome(x + base + at, n - i), m), s), sumGx);
    }
    const meanG = f32x4.splat(sumOfLanes(sumG) / <f32>n);
    const meanGx = f32x4.splat(held ? 0 : sumOfLanes(sumGx) / <f32>n);
    for (let i = 0; i < n; i += 4) {
      const at = <usize>i * FLOAT;
      const g = f32x4.mul(loadSome(dy + base + at, n - i), loadSome(gain + at, n - i));
      const normalised = f32x4.mul(f32x4.sub(loadSome(x + base + at, n - i), m), s);
      const centred = f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normalised, meanGx));
      storeSome(out + base + at, f32x4.mul(s, centred), n - i);
    }
  }
}

/** out = Σ_rows dy·(x − mean)·rstd. Units are groups of four neighbouring columns of n. */
export function layerNormGainGradient(
  begin: i32,
  end: i32,
  _scratch: usize,
  x: usize,
  mean: usize,
  rstd: usize,
  dy: usize,
  out: usize,
  rows: i32,
  n: i32,
): void {
  for (let unit = begin; unit < end; unit++) {
    const column = unit * FOLDED_COLUMNS;
    const at = <usize>column * FLOAT;
    const count = n - column;
    storeSome(out + at, normalisedColumnSum(x + at, dy + at, mean, rstd, n, rows, count), count);
  }
}
