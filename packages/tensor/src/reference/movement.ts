/**
 * Walks through strided data, and the primitives that only move numbers.
 */
import type { Walk } from '../backend.ts';
import type { Floats } from './storage.ts';

/** Visits the positions of two walks of the same shape, in row-major order. With one walk, both positions are the same. */
export function eachPosition([first, second = first]: readonly [Walk, Walk?], visit: (i: number, a: number, b: number) => void): void {
  const { shape } = first;
  const last = shape.length - 1;
  const inner = shape[last] ?? 1;
  const [stepA, stepB] = [first.strides[last] ?? 0, second.strides[last] ?? 0];
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  let i = 0;
  for (;;) {
    let a = first.offset;
    let b = second.offset;
    for (const [axis, n] of index.entries()) {
      a += n * (first.strides[axis] ?? 0);
      b += n * (second.strides[axis] ?? 0);
    }
    for (let j = 0; j < inner; j++) visit(i++, a + j * stepA, b + j * stepB);
    let axis = last - 1;
    while (axis >= 0 && index[axis] === (shape[axis] ?? 1) - 1) index[axis--] = 0;
    if (axis < 0) return;
    index[axis] = (index[axis] ?? 0) + 1;
  }
}

export function copy(x: Floats, walk: Walk, out: Floats): void {
  eachPosition([walk], (i, position) => {
    out[i] = x[position] as number;
  });
}

export function concat(parts: readonly Floats[], lengths: readonly number[], outer: number, inner: number, out: Floats): void {
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (const [p, part] of parts.entries()) {
      const run = (lengths[p] ?? 0) * inner;
      out.set(part.subarray(o * run, (o + 1) * run), to);
      to += run;
    }
  }
}

export function gather(x: Floats, indices: Uint32Array, width: number, out: Floats): void {
  for (const [i, row] of indices.entries()) out.set(x.subarray(row * width, (row + 1) * width), i * width);
}

export function scatterAdd(dy: Floats, indices: Uint32Array, width: number, out: Floats): void {
  for (const [i, row] of indices.entries()) {
    for (let j = 0; j < width; j++) out[row * width + j] = (out[row * width + j] as number) + (dy[i * width + j] as number);
  }
}
