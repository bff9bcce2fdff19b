/**
 * The WebAssembly backend for Node: `@cdam/kernels/wasm/node`.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TensorError } from '@cdam/tensor';
import type { StartWorker } from '../wasm/executor.ts';
import { openWasmOn, type WasmBackend, type WasmOptions } from '../wasm/wasm-backend.ts';
import type { WorkerMessage } from '../wasm/worker-loop.ts';

export type { WasmBackend, WasmOptions } from '../wasm/wasm-backend.ts';

/** The built worker, also where this file is run as TypeScript: Node 20 cannot run a worker of TypeScript. */
function workerFile(): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../dist/wasm-node-worker.js' : './wasm-node-worker.js';
  const file = new URL(built, import.meta.url);
  if (existsSync(file)) return file;
  throw new TensorError(
    'backend',
    `wasm: the worker is missing at ${fileURLToPath(file)}; run \`npm run build\`, or open with { threads: 1 }`,
  );
}

const startWorker: StartWorker = (setup, onMessage, onError) => {
  // No flags of the process: with `--input-type`, which `node -e` needs, a worker would refuse a file.
  const worker = new Worker(workerFile(), { workerData: setup, execArgv: [] });
  worker.on('message', (message: WorkerMessage) => onMessage(message));
  worker.on('error', onError);
  return {
    terminate: (): void => void worker.terminate(),
    hold: (alive): void => (alive ? worker.ref() : worker.unref()),
  };
};

/**
 * Opens the backend. A process ends by itself even if it never disposes it.
 * Throws a `TensorError` with code `backend` where the engine has no SIMD or a worker cannot be started.
 */
export function openWasm(options: WasmOptions = {}): Promise<WasmBackend> {
  return openWasmOn({ parallelism: availableParallelism(), startWorker }, options);
}
