/**
 * The worker thread of the WebAssembly backend in Node. It never goes back to its event loop; the calling thread ends it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { work } from '../wasm/work.ts';

work(workerData, (message) => parentPort?.postMessage(message));
