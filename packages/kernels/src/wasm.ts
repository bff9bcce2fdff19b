/**
 * The WebAssembly backend for browsers: `@cdam/kernels/wasm`. For Node see `@cdam/kernels/wasm/node`.
 *
 * Where the page is cross-origin isolated, workers may share memory, and it computes with as many threads as the machine has. Elsewhere
 * it computes on the page's own thread.
 */

import type { StartWorker } from './wasm/executor.ts';
import { openWasmOn, type WasmBackend, type WasmOptions } from './wasm/wasm-backend.ts';
import type { WorkerMessage } from './wasm/worker-loop.ts';

export type { WasmBackend, WasmOptions } from './wasm/wasm-backend.ts';

// Bundlers find a worker by an expression of exactly this form. It is in this file because `dist` has the worker beside it.
const startWorker: StartWorker = (setup, onMessage, onError) => {
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = (event: MessageEvent<WorkerMessage>): void => onMessage(event.data);
  worker.onerror = (event): void => onError(event.message || 'its script could not be loaded');
  worker.postMessage(setup);
  return {
    terminate: (): void => worker.terminate(),
    hold: (): void => {
      // A page does not end by itself, as a process does.
    },
  };
};

/** Opens the backend. Throws a `TensorError` with code `backend` where the engine has no SIMD or a worker cannot be started. */
export function openWasm(options: WasmOptions = {}): Promise<WasmBackend> {
  const isolated = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
  const parallelism = isolated ? navigator.hardwareConcurrency : 1;
  return openWasmOn({ parallelism, startWorker: isolated ? startWorker : undefined }, options);
}
