/**
 * Half precision to 32 bits, for kernels that do not read half precision.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import source from './widen.wgsl';

const kernel = defineKernel({
  name: 'widen',
  source,
  uniforms: { words: 'u32' },
  inputs: ['x'],
  outputs: ['y'],
  fixed: { WORKGROUP: 64 },
});

/** A 32-bit copy of storage that is kept in half precision. */
export function widen(runtime: Runtime, x: Storage): Storage {
  const y = runtime.allocate(x.length, 'widen');
  const words = Math.ceil(x.length / 2);
  runtime.run(kernel, {
    uniforms: { words },
    inputs: { x },
    keptInputs: ['x'],
    outputs: { y },
    workgroups: workgroupsFor(words, kernel, runtime),
  });
  return y;
}
