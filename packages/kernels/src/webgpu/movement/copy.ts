/**
 * Elements moved to other places: dense copies of walks, and concatenation.
 */
import type { Storage, Walk } from '@cdam/tensor';
import { countOf, mergeWalks } from '../../walks.ts';
import { elementSlot } from '../element.ts';
import { defineKernel } from '../kernel.ts';
import type { Runtime } from '../runtime.ts';
import { divideWalk } from '../walk-division.ts';
import source from './copy.wgsl';

const kernel = defineKernel({
  name: 'copy',
  source,
  uniforms: {
    shape: 'array<vec4u, 2>',
    stridesX: 'array<vec4i, 2>',
    stridesY: 'array<vec4i, 2>',
    offsetX: 'u32',
    offsetY: 'u32',
    count: 'u32',
  },
  inputs: ['x'],
  outputs: ['y'],
  constants: ['RANK', 'BY_LINES'],
  fixed: { WORKGROUP: 64 },
  slots: ['ELEMENT_X'],
});

/** y at `to` ← x at `from`; both walks have one shape. */
function move(runtime: Runtime, x: Storage, from: Walk, y: Storage, to: Walk): void {
  const { shape, strides } = mergeWalks('copy', [from, to]);
  const [stridesX = [], stridesY = []] = strides;
  const { constants, workgroups } = divideWalk(runtime, kernel, shape);
  runtime.run(kernel, {
    uniforms: {
      shape: shape.length === 0 ? [1] : shape,
      stridesX,
      stridesY,
      offsetX: from.offset,
      offsetY: to.offset,
      count: countOf(shape),
    },
    inputs: { x },
    keptInputs: ['x'],
    outputs: { y },
    slots: elementSlot(runtime, 'X', x),
    constants,
    workgroups,
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
