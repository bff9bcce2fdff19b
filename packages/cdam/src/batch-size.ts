/**
 * How many pictures go through the whole model together.
 */
import type { Backend } from '@cdam/tensor';

/**
 * As many as fit into memory, or into the cache of a backend that computes faster when results are still in it.
 *
 * @param bytes of what one takes while a block runs
 * @param memory most bytes of all together
 * @returns at least 1
 */
export function batchSize(backend: Backend, bytes: number, memory: number): number {
  return Math.max(1, Math.floor(Math.min(memory, backend.cacheBytes ?? memory) / bytes));
}
