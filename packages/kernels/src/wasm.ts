/**
 * The WebAssembly backend for browsers: `@cdam/kernels/wasm`. For Node see `@cdam/kernels/wasm/node`.
 *
 * It computes with as many threads as the machine has where the page is cross-origin isolated, as only there workers may share memory,
 * and on the page's own thread elsewhere.
 */

import type { StartWorker } from './wasm/executor.ts';
import { openWasmOn, type WasmBackend, type WasmOptions } from './wasm/wasm-backend.ts';
import type { WorkerMessage } from './wasm/work.ts';

export type { WasmBackend, WasmOptions } from './wasm/wasm-backend.ts';

// In this file, and in this form, because a bundler finds a worker by it, and because it stands beside the worker in `dist`.
const startWorker: StartWorker = (setup, onMessage, onError) => {
  const worker = new Worker(new URL('./wasm-worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = (event: MessageEvent<WorkerMessage>): void => onMessage(event.data);
  worker.onerror = (event): void => onError(event.message || 'its script could not be loaded');
  worker.postMessage(setup);
  return {
    terminate: (): void => worker.terminate(),
    hold: (): void => {
      // A page stays as long as its visitor.
    },
  };
};

/** Opens the backend. Throws a `TensorError` with code `backend` where the engine has no SIMD or a worker cannot be started. */
export function openWasm(options: WasmOptions = {}): Promise<WasmBackend> {
  const isolated = globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function';
  const parallelism = isolated ? navigator.hardwareConcurrency : 1;
  return openWasmOn({ parallelism, startWorker: isolated ? startWorker : undefined }, options);
}
