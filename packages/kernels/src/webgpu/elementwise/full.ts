/**
 * Storage filled with one value.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import source from './full.wgsl';

const kernel = defineKernel({
  name: 'full',
  source,
  uniforms: { count: 'u32', value: 'f32' },
  inputs: [],
  outputs: ['y'],
  fixed: { WORKGROUP: 256 },
});

/** `length` floats that all are `value`. */
export function full(runtime: Runtime, length: number, value: number): Storage {
  const y = runtime.allocate(length, 'full');
  const count = Math.ceil(length / 4);
  runtime.run(kernel, {
    uniforms: { count, value },
    inputs: {},
    outputs: { y },
    workgroups: workgroupsFor(count, kernel, runtime),
  });
  return y;
}
