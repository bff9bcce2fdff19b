/**
 * Functions of two numbers, element by element, with broadcasting by strides.
 */
import type { Binary, Storage, Walk } from '@cdam/tensor';
import { countOf, mergeWalks } from '../../walks.ts';
import { defineKernel } from '../kernel.ts';
import { foldWorkgroups, type Runtime } from '../runtime.ts';
import { divideWalk, halves, isDense } from '../walk-division.ts';
import denseSource from './binary.wgsl';
import stridedSource from './binary-strided.wgsl';

const OPERATIONS: Readonly<Record<Binary, number>> = { add: 0, sub: 1, mul: 2, div: 3, equal: 4 };

const denseKernel = defineKernel({ name: 'binary', source: denseSource, inputs: 2, outputs: 1, uniforms: { count: 'u32' } });

const stridedKernel = defineKernel({
  name: 'binary-strided',
  source: stridedSource,
  inputs: 2,
  outputs: 1,
  uniforms: {
    shape: 'vec4u',
    shapeHigh: 'vec4u',
    stridesA: 'vec4u',
    stridesAHigh: 'vec4u',
    stridesB: 'vec4u',
    stridesBHigh: 'vec4u',
    offsetA: 'u32',
    offsetB: 'u32',
    count: 'u32',
  },
});

/** a ∘ b over the common shape of both walks. */
export function binary(runtime: Runtime, op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage {
  const { shape, strides } = mergeWalks(op, [walkA, walkB]);
  const [stepsA = [], stepsB = []] = strides;
  const count = countOf(shape);
  const c = runtime.allocate(count, op);
  const constants = { OPERATION: OPERATIONS[op] };
  if (isDense(stepsA) && isDense(stepsB) && walkA.offset === 0 && walkB.offset === 0) {
    const vectors = Math.ceil(count / 4);
    const workgroups = foldWorkgroups(Math.ceil(vectors / 256), runtime);
    runtime.run(denseKernel, { uniforms: { count: vectors }, inputs: [a, b], outputs: [c], constants, workgroups });
    return c;
  }
  const division = divideWalk(runtime, shape);
  const [low, high] = halves(shape.length === 0 ? [1] : shape);
  const [lowA, highA] = halves(stepsA);
  const [lowB, highB] = halves(stepsB);
  runtime.run(stridedKernel, {
    uniforms: {
      shape: low,
      shapeHigh: high,
      stridesA: lowA,
      stridesAHigh: highA,
      stridesB: lowB,
      stridesBHigh: highB,
      offsetA: walkA.offset,
      offsetB: walkB.offset,
      count,
    },
    inputs: [a, b],
    outputs: [c],
    constants: { ...constants, ...division.constants },
    workgroups: division.workgroups,
  });
  return c;
}
