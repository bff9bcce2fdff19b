/**
 * How many pictures or sequences go through the model together.
 */
import type { Backend } from '@cdam/tensor';

/** Most bytes that the activations of one batch may take, unless the caller sets another limit. */
const MEMORY = 2 ** 28;

/** Bytes that the activations of one batch may take on a backend: no more than its cache holds, where that makes it faster. */
export function batchMemory({ cacheBytes = MEMORY }: Backend): number {
  return Math.min(MEMORY, cacheBytes);
}

/**
 * Divides items into batches that fit into memory; a batch has at least one item.
 *
 * @param bytes how many bytes one item takes
 * @param memory how many bytes a batch may take
 */
export function inBatches<T>(items: readonly T[], bytes: number, memory: number): T[][] {
  const together = Math.max(1, Math.floor(memory / bytes));
  return Array.from({ length: Math.ceil(items.length / together) }, (_, i) => items.slice(i * together, (i + 1) * together));
}
