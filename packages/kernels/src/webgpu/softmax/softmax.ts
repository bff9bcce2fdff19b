/**
 * Softmax and log-softmax over rows, and their gradient.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { rowVariant } from '../row-variant.ts';
import { foldWorkgroups, type Runtime } from '../runtime.ts';
import source from './softmax.wgsl';
import gradientSource from './softmax-gradient.wgsl';

const softmaxKernel = defineKernel({
  name: 'softmax',
  source,
  uniforms: { rows: 'u32', n: 'u32' },
  inputs: ['x'],
  outputs: ['y'],
  constants: ['WIDTH', 'LOGARITHM'],
  slots: ['EXTENSIONS', 'FOLD'],
});

const gradientKernel = defineKernel({
  name: 'softmax-gradient',
  source: gradientSource,
  uniforms: { rows: 'u32', n: 'u32' },
  inputs: ['y', 'dy'],
  outputs: ['dx'],
  constants: ['WIDTH', 'LOGARITHM'],
  slots: ['EXTENSIONS', 'FOLD'],
});

/** The softmax of rows of n; with `log`, its logarithm. */
export function softmax(runtime: Runtime, x: Storage, rows: number, n: number, log: boolean): Storage {
  const y = runtime.allocate(rows * n, 'softmax');
  const { width, slots } = rowVariant(runtime, n);
  runtime.run(softmaxKernel, {
    uniforms: { rows, n },
    inputs: { x },
    outputs: { y },
    constants: { WIDTH: width, LOGARITHM: Number(log) },
    slots,
    workgroups: foldWorkgroups(rows, runtime),
  });
  return y;
}

/** dx, [rows, n], from the result y of `softmax`. */
export function softmaxGradient(runtime: Runtime, y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage {
  const dx = runtime.allocate(rows * n, 'gradient of softmax');
  const { width, slots } = rowVariant(runtime, n);
  runtime.run(gradientKernel, {
    uniforms: { rows, n },
    inputs: { y, dy },
    outputs: { dx },
    constants: { WIDTH: width, LOGARITHM: Number(log) },
    slots,
    workgroups: foldWorkgroups(rows, runtime),
  });
  return dx;
}
