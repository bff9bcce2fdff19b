/**
 * Primitives that need a whole row for each element: reductions, softmax, layer normalisation. All sums are computed in 64 bits.
 */
import type { Reduction } from '../backend.ts';
import { at } from './elementwise.ts';
import type { Floats } from './storage.ts';

/** The largest of n elements that lie `stride` apart. */
function largest(x: Floats, start: number, n: number, stride: number): number {
  let result = at(x, start);
  for (let j = 1; j < n; j++) result = Math.max(result, at(x, start + j * stride));
  return result;
}

/** Σ term(j) for j from 0 to n − 1. */
function total(n: number, term: (j: number) => number): number {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += term(j);
  return sum;
}

export function reduce(op: Reduction, x: Floats, n: number, inner: number, out: Floats): void {
  for (let i = 0; i < out.length; i++) {
    const start = Math.floor(i / inner) * n * inner + (i % inner);
    out[i] = op === 'sum' ? total(n, (j) => at(x, start + j * inner)) : largest(x, start, n, inner);
  }
}

export function softmax(x: Floats, rows: number, n: number, log: boolean, out: Floats): void {
  for (let r = 0; r < rows; r++) {
    const base = r * n;
    const peak = largest(x, base, n, 1);
    const sum = total(n, (j) => Math.exp(at(x, base + j) - peak));
    for (let i = base; i < base + n; i++) {
      const shifted = at(x, i) - peak;
      out[i] = log ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
    }
  }
}

/** For softmax y·(dy − Σ y·dy), for its logarithm dy − eʸ·Σ dy. */
export function softmaxGradient(y: Floats, dy: Floats, rows: number, n: number, log: boolean, out: Floats): void {
  for (let r = 0; r < rows; r++) {
    const base = r * n;
    const sum = total(n, (j) => at(dy, base + j) * (log ? 1 : at(y, base + j)));
    for (let i = base; i < base + n; i++) out[i] = log ? at(dy, i) - Math.exp(at(y, i)) * sum : at(y, i) * (at(dy, i) - sum);
  }
}

export function layerNorm(x: Floats, gain: Floats, bias: Floats, n: number, epsilon: number, y: Floats, mean: Floats, rstd: Floats): void {
  for (let r = 0; r < mean.length; r++) {
    const base = r * n;
    const average = total(n, (j) => at(x, base + j)) / n;
    const variance = total(n, (j) => (at(x, base + j) - average) ** 2) / n;
    const scale = 1 / Math.sqrt(variance + epsilon);
    mean[r] = average;
    rstd[r] = scale;
    for (let j = 0; j < n; j++) y[base + j] = (at(x, base + j) - average) * scale * at(gain, j) + at(bias, j);
  }
}

/** With the normalised row x̂ and g = dy·gain: rstd·(g − mean(g) − x̂·mean(g·x̂)), without the last term where rstd is held. */
export function layerNormGradient(
  x: Floats,
  gain: Floats,
  mean: Floats,
  rstd: Floats,
  dy: Floats,
  n: number,
  held: boolean,
  out: Floats,
): void {
  for (let r = 0; r < mean.length; r++) {
    const base = r * n;
    const normalised = (j: number): number => (at(x, base + j) - at(mean, r)) * at(rstd, r);
    const g = (j: number): number => at(dy, base + j) * at(gain, j);
    const meanG = total(n, g) / n;
    const meanGx = held ? 0 : total(n, (j) => g(j) * normalised(j)) / n;
    for (let j = 0; j < n; j++) out[base + j] = at(rstd, r) * (g(j) - meanG - normalised(j) * meanGx);
  }
}

export function layerNormGainGradient(x: Floats, mean: Floats, rstd: Floats, dy: Floats, n: number, out: Floats): void {
  for (let j = 0; j < n; j++) {
    out[j] = total(mean.length, (r) => at(dy, r * n + j) * (at(x, r * n + j) - at(mean, r)) * at(rstd, r));
  }
}
