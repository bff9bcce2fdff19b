/**
 * Half precision to 32 bits, for the kernels that do not read it themselves.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { foldWorkgroups, type Runtime } from '../runtime.ts';
import source from './widen.wgsl';

const kernel = defineKernel({ name: 'widen', source, inputs: 1, outputs: 1, uniforms: { words: 'u32' } });

/** A 32-bit copy of storage that is kept in half precision. */
export function widen(runtime: Runtime, x: Storage): Storage {
  const y = runtime.allocate(x.length, 'widen');
  const words = Math.ceil(x.length / 2);
  runtime.run(kernel, {
    uniforms: { words },
    inputs: [x],
    keptInputs: [0],
    outputs: [y],
    workgroups: foldWorkgroups(Math.ceil(words / 64), runtime),
  });
  return y;
}
