/**
 * The Web Worker of the WebAssembly backend. It never returns to its event loop, so the page has to end it.
 */
import { type Setup, type WorkerMessage, work } from './worker-loop.ts';

/** The part of a dedicated worker's global scope that is used. */
interface WorkerScope {
  onmessage: ((event: { readonly data: Setup }) => void) | null;
  postMessage(message: WorkerMessage): void;
}

declare const self: WorkerScope;

self.onmessage = ({ data }): void => work(data, (message) => self.postMessage(message));
