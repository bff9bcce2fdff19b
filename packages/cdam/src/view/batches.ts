/**
 * How much goes through the model together.
 */
import type { Backend } from '@cdam/tensor';

/** Most bytes of the activations of one batch where a caller says nothing else. */
const MEMORY = 2 ** 28;

/** Bytes that the activations of one batch may take: no more than fits the cache of a backend that computes faster from it. */
export function batchMemory({ cacheBytes = MEMORY }: Backend): number {
  return Math.min(MEMORY, cacheBytes);
}

/**
 * Items in batches that fit into memory, or have one item.
 *
 * @param bytes of what one item takes
 * @param memory most bytes of a batch
 */
export function inBatches<T>(items: readonly T[], bytes: number, memory: number): T[][] {
  const together = Math.max(1, Math.floor(memory / bytes));
  return Array.from({ length: Math.ceil(items.length / together) }, (_, i) => items.slice(i * together, (i + 1) * together));
}
