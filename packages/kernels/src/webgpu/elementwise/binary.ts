/**
 * Functions of two numbers, element by element, with broadcasting by strides.
 */
import type { Binary, Storage, Walk } from '@cdam/tensor';
import { combinations } from '../../operation-numbers.ts';
import { ADD, DIV, EQUAL, MUL, SUB } from '../../shared-numbers.ts';
import { countOf, mergeWalks } from '../../walks.ts';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import { divideWalk, isDense } from '../walk-division.ts';
import denseSource from './binary.wgsl';
import stridedSource from './binary-strided.wgsl';

const denseKernel = defineKernel({
  name: 'binary',
  source: denseSource,
  uniforms: { count: 'u32' },
  inputs: ['a', 'b'],
  outputs: ['c'],
  constants: ['OPERATION'],
  fixed: { WORKGROUP: 256, ADD, SUB, MUL, DIV, EQUAL },
});

const stridedKernel = defineKernel({
  name: 'binary-strided',
  source: stridedSource,
  uniforms: {
    shape: 'array<vec4u, 2>',
    stridesA: 'array<vec4i, 2>',
    stridesB: 'array<vec4i, 2>',
    offsetA: 'u32',
    offsetB: 'u32',
    count: 'u32',
  },
  inputs: ['a', 'b'],
  outputs: ['c'],
  constants: ['OPERATION', 'RANK', 'BY_LINES'],
  fixed: { WORKGROUP: 64, ADD, SUB, MUL, DIV, EQUAL },
});

/** a ∘ b over the common shape of both walks. */
export function binary(runtime: Runtime, op: Binary, a: Storage, walkA: Walk, b: Storage, walkB: Walk): Storage {
  const { shape, strides } = mergeWalks(op, [walkA, walkB]);
  const [stridesA = [], stridesB = []] = strides;
  const count = countOf(shape);
  const c = runtime.allocate(count, op);
  const OPERATION = combinations[op];
  if (isDense(stridesA) && isDense(stridesB) && walkA.offset === 0 && walkB.offset === 0) {
    const vectors = Math.ceil(count / 4);
    runtime.run(denseKernel, {
      uniforms: { count: vectors },
      inputs: { a, b },
      outputs: { c },
      constants: { OPERATION },
      workgroups: workgroupsFor(vectors, denseKernel, runtime),
    });
    return c;
  }
  const { constants, workgroups } = divideWalk(runtime, stridedKernel, shape);
  runtime.run(stridedKernel, {
    uniforms: {
      shape: shape.length === 0 ? [1] : shape,
      stridesA,
      stridesB,
      offsetA: walkA.offset,
      offsetB: walkB.offset,
      count,
    },
    inputs: { a, b },
    outputs: { c },
    constants: { OPERATION, RANK: constants.RANK, BY_LINES: constants.BY_LINES },
    workgroups,
  });
  return c;
}
