/**
 * The worker thread of the WebAssembly backend in Node. It never returns to its event loop, so the calling thread has to end it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { work } from '../wasm/worker-loop.ts';

work(workerData, (message) => parentPort?.postMessage(message));
