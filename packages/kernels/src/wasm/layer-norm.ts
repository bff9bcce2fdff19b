/**
 * Layer normalisation over rows, and its gradients with respect to the input and the gain.
 */
import type { Storage } from '@cdam/tensor';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Neighbouring columns that are folded at once. */
const GROUP = 4;

/** Implements {@link Backend.layerNorm}. */
export function layerNorm(
  runtime: WasmRuntime,
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
  runtime: WasmRuntime,
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
  runtime: WasmRuntime,
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
