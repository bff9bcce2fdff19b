/**
 * Elements moved to other places: dense copies of walks, and concatenation.
 */
import type { Storage, Walk } from '@cdam/tensor';
import { countOf, mergeWalks } from '../../walks.ts';
import { elementSlot } from '../element.ts';
import { defineKernel } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import { divideWalk, halves } from '../walk-division.ts';
import source from './copy.wgsl';

const kernel = defineKernel({
  name: 'copy',
  source,
  inputs: 1,
  outputs: 1,
  uniforms: {
    shape: 'vec4u',
    shapeHigh: 'vec4u',
    stridesX: 'vec4u',
    stridesXHigh: 'vec4u',
    stridesY: 'vec4u',
    stridesYHigh: 'vec4u',
    offsetX: 'u32',
    offsetY: 'u32',
    count: 'u32',
  },
});

/** y at `to` ← x at `from`; both walks have one shape. */
function move(runtime: Runtime, x: Storage, from: Walk, y: Storage, to: Walk): void {
  const { shape, strides } = mergeWalks('copy', [from, to]);
  const [lowX, highX] = halves(strides[0] ?? []);
  const [lowY, highY] = halves(strides[1] ?? []);
  const [low, high] = halves(shape.length === 0 ? [1] : shape);
  const count = countOf(shape);
  runtime.run(kernel, {
    uniforms: {
      shape: low,
      shapeHigh: high,
      stridesX: lowX,
      stridesXHigh: highX,
      stridesY: lowY,
      stridesYHigh: highY,
      offsetX: from.offset,
      offsetY: to.offset,
      count,
    },
    inputs: [x],
    keptInputs: [0],
    outputs: [y],
    slots: elementSlot(runtime, 'X', x),
    ...divideWalk(runtime, shape),
  });
}

function denseStrides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

/** A dense copy of a walk. */
export function copy(runtime: Runtime, x: Storage, walk: Walk): Storage {
  const y = runtime.allocate(countOf(walk.shape), 'copy');
  move(runtime, x, walk, y, { shape: walk.shape, strides: denseStrides(walk.shape), offset: 0 });
  return y;
}

/** Part p is [outer, lengths_p, inner]; the result is [outer, Σ lengths, inner]. One dispatch per part. */
export function concat(runtime: Runtime, parts: readonly Storage[], lengths: readonly number[], outer: number, inner: number): Storage {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const y = runtime.allocate(outer * total * inner, 'concat');
  let offset = 0;
  parts.forEach((part, p) => {
    const length = lengths[p] ?? 0;
    const shape = [outer, length * inner];
    move(runtime, part, { shape, strides: [length * inner, 1], offset: 0 }, y, { shape, strides: [total * inner, 1], offset });
    offset += length * inner;
  });
  return y;
}
