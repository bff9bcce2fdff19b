/**
 * Softmax over rows, and its gradient.
 */
import type { Storage } from '@cdam/tensor';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Implements {@link Primitives.softmax}. */
export function softmax(runtime: WasmRuntime, x: Storage, rows: number, n: number, log: boolean): Storage {
  const from = runtime.address(x);
  const out = runtime.create(x.length);
  runtime.run('softmax', { units: rows, cost: n * 16 }, { x: from, y: runtime.address(out), n, log: Number(log) });
  return out;
}

/** Implements {@link Primitives.softmaxGradient}. */
export function softmaxGradient(runtime: WasmRuntime, y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage {
  const [fromY, fromDy] = [runtime.address(y), runtime.address(dy)];
  const out = runtime.create(y.length);
  runtime.run('softmaxGradient', { units: rows, cost: n * 8 }, { y: fromY, dy: fromDy, out: runtime.address(out), n, log: Number(log) });
  return out;
}
