/**
 * Layer normalisation over rows, and its gradients with respect to the input and the gain.
 */
import type { Storage } from '@cdam/tensor';
import { FOLDED_COLUMNS } from '../shared-numbers.ts';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Implements {@link Primitives.layerNorm}. */
export function layerNorm(
  runtime: WasmRuntime,
  x: Storage,
  gain: Storage,
  bias: Storage,
  rows: number,
  n: number,
  epsilon: number,
): { y: Storage; mean: Storage; rstd: Storage } {
  const [fromX, fromGain, fromBias] = [runtime.address(x), runtime.address(gain), runtime.address(bias)];
  const [y, mean, rstd] = [runtime.create(x.length), runtime.create(rows), runtime.create(rows)];
  runtime.run(
    'layerNorm',
    { units: rows, cost: n * 8 },
    {
      x: fromX,
      gain: fromGain,
      bias: fromBias,
      y: runtime.address(y),
      mean: runtime.address(mean),
      rstd: runtime.address(rstd),
      n,
      epsilon,
    },
  );
  return { y, mean, rstd };
}

/** Implements {@link Primitives.layerNormGradient}. */
export function layerNormGradient(
  runtime: WasmRuntime,
  x: Storage,
  gain: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
  held: boolean,
): Storage {
  const [fromX, fromGain, fromDy] = [runtime.address(x), runtime.address(gain), runtime.address(dy)];
  const [fromMean, fromRstd] = [runtime.address(mean), runtime.address(rstd)];
  const out = runtime.create(x.length);
  runtime.run(
    'layerNormGradient',
    { units: rows, cost: n * 12 },
    { x: fromX, gain: fromGain, mean: fromMean, rstd: fromRstd, dy: fromDy, out: runtime.address(out), n, held: Number(held) },
  );
  return out;
}

/** Implements {@link Primitives.layerNormGainGradient}. */
export function layerNormGainGradient(
  runtime: WasmRuntime,
  x: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
): Storage {
  const [fromX, fromMean, fromRstd] = [runtime.address(x), runtime.address(mean), runtime.address(rstd)];
  const fromDy = runtime.address(dy);
  const out = runtime.create(n);
  runtime.run(
    'layerNormGainGradient',
    { units: Math.ceil(n / FOLDED_COLUMNS), cost: rows * FOLDED_COLUMNS * 4, multiple: FOLDED_COLUMNS },
    { x: fromX, mean: fromMean, rstd: fromRstd, dy: fromDy, out: runtime.address(out), rows, n },
  );
  return out;
}
