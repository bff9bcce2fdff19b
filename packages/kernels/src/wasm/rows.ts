/**
 * Reductions, softmax and layer normalisation: whatever folds an axis.
 */
import type { Reduction, Storage } from '@cdam/tensor';
import { reductions } from './functions.ts';
import type { Runtime } from './runtime.ts';

/** Neighbouring columns that are folded at once. */
const GROUP = 4;

/** Implements {@link Backend.reduce}. */
export function reduce(runtime: Runtime, op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage {
  const from = runtime.address(x);
  const out = runtime.create(outer * inner);
  const args = [reductions[op], from, runtime.address(out), n];
  if (inner === 1) runtime.run('reduceRows', { units: outer, cost: n }, args);
  else runtime.run('reduceColumns', { units: outer * Math.ceil(inner / GROUP), cost: n * GROUP, multiple: GROUP }, [...args, inner]);
  return out;
}

/** Implements {@link Backend.softmax}. */
export function softmax(runtime: Runtime, x: Storage, rows: number, n: number, log: boolean): Storage {
  const from = runtime.address(x);
  const out = runtime.create(x.length);
  runtime.run('softmax', { units: rows, cost: n * 16 }, [from, runtime.address(out), n, Number(log)]);
  return out;
}

/** Implements {@link Backend.softmaxGradient}. */
export function softmaxGradient(runtime: Runtime, y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage {
  const from = [runtime.address(y), runtime.address(dy)];
  const out = runtime.create(y.length);
  const args = [...from, runtime.address(out), n, Number(log)];
  runtime.run('softmaxGradient', { units: rows, cost: n * 8 }, args);
  return out;
}

/** Implements {@link Backend.layerNorm}. */
export function layerNorm(
  runtime: Runtime,
  x: Storage,
  gain: Storage,
  bias: Storage,
  rows: number,
  n: number,
  epsilon: number,
): { y: Storage; mean: Storage; rstd: Storage } {
  const from = [x, gain, bias].map((storage) => runtime.address(storage));
  const [y, mean, rstd] = [runtime.create(x.length), runtime.create(rows), runtime.create(rows)];
  const to = [y, mean, rstd].map((storage) => runtime.address(storage));
  runtime.run('layerNorm', { units: rows, cost: n * 8 }, [...from, ...to, n, epsilon]);
  return { y, mean, rstd };
}

/** Implements {@link Backend.layerNormGradient}. */
export function layerNormGradient(
  runtime: Runtime,
  x: Storage,
  gain: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
): Storage {
  const from = [x, gain, mean, rstd, dy].map((storage) => runtime.address(storage));
  const out = runtime.create(x.length);
  runtime.run('layerNormGradient', { units: rows, cost: n * 12 }, [...from, runtime.address(out), n]);
  return out;
}

/** Implements {@link Backend.layerNormGainGradient}. */
export function layerNormGainGradient(
  runtime: Runtime,
  x: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
): Storage {
  const from = [x, mean, rstd, dy].map((storage) => runtime.address(storage));
  const out = runtime.create(n);
  runtime.run('layerNormGainGradient', { units: Math.ceil(n / GROUP), cost: rows * GROUP * 4, multiple: GROUP }, [
    ...from,
    runtime.address(out),
    rows,
    n,
  ]);
  return out;
}
