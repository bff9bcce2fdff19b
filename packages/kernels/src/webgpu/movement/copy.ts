/**
 * Elements moved to other places: dense copies of walks, and concatenation.
 */
import type { Storage, Walk } from '@cdam/tensor';
import { countOf, mergeWalks } from '../../walks.ts';
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
  slots: ['ELEMENTS'],
});

/** y at `to` ← x at `from`; both walks have one shape. */
function move(runtime: Runtime, x: Storage, from: Walk, y: Storage, to: Walk): void {
  const { shape, strides } = mergeWalks('copy', [from, to]);
  const [stridesX = [], stridesY = []] = strides;
  const inFours = liesInFours(shape, stridesX, from.offset) && liesInFours(shape, stridesY, to.offset);
  const vectors = (numbers: readonly number[]): number[] => numbers.map((n, axis) => (axis < numbers.length - 1 ? n / 4 : n));
  const extents = inFours ? shape.with(-1, (shape.at(-1) ?? 0) / 4) : shape;
  const { constants, workgroups } = divideWalk(runtime, kernel, extents);
  runtime.run(kernel, {
    uniforms: {
      shape: extents.length === 0 ? [1] : extents,
      stridesX: inFours ? vectors(stridesX) : stridesX,
      stridesY: inFours ? vectors(stridesY) : stridesY,
      offsetX: inFours ? from.offset / 4 : from.offset,
      offsetY: inFours ? to.offset / 4 : to.offset,
      count: countOf(extents),
    },
    inputs: { x },
    keptInputs: ['x'],
    outputs: { y },
    slots: ELEMENTS[runtime.isHalf(x) ? 'half' : 'single'][inFours ? 'vectors' : 'numbers'],
    constants,
    workgroups,
  });
}

/** What stands in the slot, by how x is kept. The file itself declares single numbers of 32 bits. */
const ELEMENTS = {
  single: { numbers: {}, vectors: { ELEMENTS: 'alias ElementX = vec4f;\nalias ElementY = vec4f;' } },
  half: {
    numbers: { ELEMENTS: 'enable f16;\nalias ElementX = f16;\nalias ElementY = f32;' },
    vectors: { ELEMENTS: 'enable f16;\nalias ElementX = vec4<f16>;\nalias ElementY = vec4f;' },
  },
} as const;

/** Whether every four neighbours of the last axis lie together, and begin at a multiple of four. */
function liesInFours(shape: readonly number[], strides: readonly number[], offset: number): boolean {
  return strides.at(-1) === 1 && (shape.at(-1) ?? 1) % 4 === 0 && [offset, ...strides.slice(0, -1)].every((n) => n % 4 === 0);
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
