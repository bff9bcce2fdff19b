/**
 * Primitives that move elements, and the strided walks that they share with the binary functions.
 */
import type { Storage, Walk } from '@cdam/tensor';
import { AXES } from '../shared-numbers.ts';
import { countOf, mergeWalks } from '../walks.ts';
import type { Block } from './heap.ts';
import { FLOAT, type WasmRuntime } from './wasm-runtime.ts';

/** Writes walks of one shape to memory, where a kernel reads them. Discard the block after the command. */
export function walkWords(runtime: WasmRuntime, op: string, walks: readonly Walk[]): Block {
  const merged = mergeWalks(op, walks);
  // A single element has no axes left, but the kernels need one.
  const shape = merged.shape.length > 0 ? merged.shape : [1];
  const words = new Int32Array(1 + (1 + walks.length) * AXES);
  words[0] = shape.length;
  words.set(shape, 1);
  for (const [w, strides] of merged.strides.entries()) words.set(strides, 1 + (1 + w) * AXES);
  return runtime.words(words);
}

/** Implements {@link Primitives.copy}. */
export function copy(runtime: WasmRuntime, x: Storage, walk: Walk): Storage {
  const from = runtime.address(x) + walk.offset * FLOAT;
  const words = walkWords(runtime, 'copy', [walk]);
  const out = runtime.create(countOf(walk.shape));
  runtime.run('copy', { units: out.length, cost: 8 }, { x: from, out: runtime.address(out), walk: words.address });
  runtime.discard(words);
  return out;
}

/** Implements {@link Primitives.concat}. For each outer index, a part is one row to be copied. */
export function concat(runtime: WasmRuntime, parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage {
  const total = lengths.reduce((sum, length) => sum + length, 0) * inner;
  const sources = parts.map((part) => runtime.address(part));
  const out = runtime.create(outer * total);
  let column = 0;
  for (const [p, from] of sources.entries()) {
    const length = (lengths[p] ?? 0) * inner;
    const to = runtime.address(out) + column * FLOAT;
    runtime.run('copyRows', { units: outer, cost: length * 4 }, { x: from, fromStride: length, out: to, toStride: total, length });
    column += length;
  }
  return out;
}

/** Implements {@link Primitives.gather}. */
export function gather(runtime: WasmRuntime, x: Storage, indices: Uint32Array, width: number): Storage {
  const from = runtime.address(x);
  const out = runtime.create(indices.length * width);
  const words = runtime.words(indices);
  const work = { units: indices.length, cost: width * 4 };
  runtime.run('gather', work, { x: from, indices: words.address, out: runtime.address(out), width });
  runtime.discard(words);
  return out;
}

/** Implements {@link Primitives.scatterAdd}. */
export function scatterAdd(runtime: WasmRuntime, dy: Storage, indices: Uint32Array, rows: number, width: number): Storage {
  const from = runtime.address(dy);
  const out = runtime.create(rows * width);
  const words = runtime.words(indices);
  runtime.run(
    'scatterAdd',
    { units: width, cost: indices.length + rows, multiple: 16 },
    { dy: from, indices: words.address, out: runtime.address(out), count: indices.length, rows, width },
  );
  runtime.discard(words);
  return out;
}
