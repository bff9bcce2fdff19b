/**
 * Primitives that move elements, and the strided walks that they share with the binary functions.
 */
import type { Storage, Walk } from '@cdam/tensor';
import { countOf, mergeWalks } from '../walks.ts';
import type { Block } from './heap.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Axes that a walk has room for, as in assembly/elementwise.ts. */
const AXES = 8;

/** Puts walks of one shape where a kernel can read them; to be discarded after the command. */
export function walkWords(runtime: WasmRuntime, op: string, walks: readonly Walk[]): Block {
  const merged = mergeWalks(op, walks);
  // A single element has no axes left; the kernels want one.
  const shape = merged.shape.length > 0 ? merged.shape : [1];
  const words = new Int32Array(1 + (1 + walks.length) * AXES);
  words[0] = shape.length;
  words.set(shape, 1);
  for (const [w, strides] of merged.strides.entries()) words.set(strides, 1 + (1 + w) * AXES);
  return runtime.words(words);
}

/** Implements {@link Backend.copy}. */
export function copy(runtime: WasmRuntime, x: Storage, walk: Walk): Storage {
  const from = runtime.address(x) + walk.offset * FLOAT;
  const words = walkWords(runtime, 'copy', [walk]);
  const out = runtime.create(countOf(walk.shape));
  runtime.run('copy', { units: out.length, cost: 8 }, [from, runtime.address(out), words.address]);
  runtime.discard(words);
  return out;
}

/** Implements {@link Backend.concat}: each part is a row of each outer index. */
export function concat(runtime: WasmRuntime, parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage {
  const total = lengths.reduce((sum, length) => sum + length, 0) * inner;
  const sources = parts.map((part) => runtime.address(part));
  const out = runtime.create(outer * total);
  let column = 0;
  for (const [p, from] of sources.entries()) {
    const length = (lengths[p] ?? 0) * inner;
    const to = runtime.address(out) + column * FLOAT;
    runtime.run('copyRows', { units: outer, cost: length * 4 }, [from, length, to, total, length]);
    column += length;
  }
  return out;
}

/** Implements {@link Backend.gather}. */
export function gather(runtime: WasmRuntime, x: Storage, indices: Uint32Array, width: number): Storage {
  const from = runtime.address(x);
  const out = runtime.create(indices.length * width);
  const words = runtime.words(indices);
  runtime.run('gather', { units: indices.length, cost: width * 4 }, [from, words.address, runtime.address(out), width]);
  runtime.discard(words);
  return out;
}

/** Implements {@link Backend.scatterAdd}. */
export function scatterAdd(runtime: WasmRuntime, dy: Storage, indices: Uint32Array, rows: number, width: number): Storage {
  const from = runtime.address(dy);
  const out = runtime.create(rows * width);
  const words = runtime.words(indices);
  const args = [from, words.address, runtime.address(out), indices.length, rows, width];
  runtime.run('scatterAdd', { units: width, cost: indices.length + rows, multiple: 16 }, args);
  runtime.discard(words);
  return out;
}
