/**
 * Softmax over rows, and its gradient.
 */
import type { Storage } from '@cdam/tensor';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Implements {@link Backend.softmax}. */
export function softmax(runtime: WasmRuntime, x: Storage, rows: number, n: number, log: boolean): Storage {
  const from = runtime.address(x);
  const out = runtime.create(x.length);
  runtime.run('softmax', { units: rows, cost: n * 16 }, [from, runtime.address(out), n, Number(log)]);
  return out;
}

/** Implements {@link Backend.softmaxGradient}. */
export function softmaxGradient(runtime: WasmRuntime, y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage {
  const from = [runtime.address(y), runtime.address(dy)];
  const out = runtime.create(y.length);
  const args = [...from, runtime.address(out), n, Number(log)];
  runtime.run('softmaxGradient', { units: rows, cost: n * 8 }, args);
  return out;
}
