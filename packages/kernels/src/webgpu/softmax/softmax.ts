/**
 * Softmax and log-softmax over rows, and their gradient.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { foldWorkgroups, type Runtime } from '../runtime.ts';
import source from './softmax.wgsl';
import gradientSource from './softmax-gradient.wgsl';

const softmaxKernel = defineKernel({ name: 'softmax', source, inputs: 1, outputs: 1, uniforms: { rows: 'u32', n: 'u32' } });

const gradientKernel = defineKernel({
  name: 'softmax-gradient',
  source: gradientSource,
  inputs: 2,
  outputs: 1,
  uniforms: { rows: 'u32', n: 'u32' },
});

/** Invocations per row. */
function widthFor(n: number): number {
  return n > 512 ? 256 : 64;
}

/** Rows of n; with `log`, the logarithm. */
export function softmax(runtime: Runtime, x: Storage, rows: number, n: number, log: boolean): Storage {
  const y = runtime.allocate(rows * n, 'softmax');
  runtime.run(softmaxKernel, {
    uniforms: { rows, n },
    inputs: [x],
    outputs: [y],
    constants: { WIDTH: widthFor(n), LOGARITHM: log ? 1 : 0 },
    workgroups: foldWorkgroups(rows, runtime),
  });
  return y;
}

/** dx, [rows, n], from the result y of `softmax`. */
export function softmaxGradient(runtime: Runtime, y: Storage, dy: Storage, rows: number, n: number, log: boolean): Storage {
  const dx = runtime.allocate(rows * n, 'gradient of softmax');
  runtime.run(gradientKernel, {
    uniforms: { rows, n },
    inputs: [y, dy],
    outputs: [dx],
    constants: { WIDTH: widthFor(n), LOGARITHM: log ? 1 : 0 },
    workgroups: foldWorkgroups(rows, runtime),
  });
  return dx;
}
