/**
 * Layer normalisation over rows, and its gradients with respect to the input and the gain.
 */
import type { Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { reduce } from '../reduce/reduce.ts';
import { rowVariant } from '../row-variant.ts';
import { foldWorkgroups, type Runtime, workgroupsFor } from '../runtime.ts';
import source from './layer-norm.wgsl';
import gainSource from './layer-norm-gain-gradient.wgsl';
import gradientSource from './layer-norm-gradient.wgsl';

/** Rows that one invocation of the gain's gradient sums, unless the square root of their number is more. */
const ROWS_PER_PART = 16;

const forwardKernel = defineKernel({
  name: 'layer-norm',
  source,
  uniforms: { rows: 'u32', n: 'u32', epsilon: 'f32' },
  inputs: ['x', 'gain', 'bias'],
  outputs: ['y', 'mean', 'rstd'],
  constants: ['WIDTH'],
  slots: ['EXTENSIONS', 'FOLD'],
});

const gradientKernel = defineKernel({
  name: 'layer-norm-gradient',
  source: gradientSource,
  uniforms: { rows: 'u32', n: 'u32', held: 'u32' },
  inputs: ['x', 'gain', 'mean', 'rstd', 'dy'],
  outputs: ['dx'],
  constants: ['WIDTH'],
  slots: ['EXTENSIONS', 'FOLD'],
});

const gainKernel = defineKernel({
  name: 'layer-norm-gain-gradient',
  source: gainSource,
  uniforms: { rows: 'u32', n: 'u32', chunk: 'u32', count: 'u32' },
  inputs: ['x', 'mean', 'rstd', 'dy'],
  outputs: ['parts'],
  fixed: { WORKGROUP: 64 },
});

/** y, [rows, n], and the mean and 1/standard deviation of every row. */
export function layerNorm(
  runtime: Runtime,
  x: Storage,
  gain: Storage,
  bias: Storage,
  rows: number,
  n: number,
  epsilon: number,
): { y: Storage; mean: Storage; rstd: Storage } {
  const { width, slots } = rowVariant(runtime, n);
  const y = runtime.allocate(rows * n, 'layerNorm');
  const mean = runtime.allocate(rows, 'layerNorm');
  const rstd = runtime.allocate(rows, 'layerNorm');
  runtime.run(forwardKernel, {
    uniforms: { rows, n, epsilon },
    inputs: { x, gain, bias },
    outputs: { y, mean, rstd },
    constants: { WIDTH: width },
    slots,
    workgroups: foldWorkgroups(rows, runtime),
  });
  return { y, mean, rstd };
}

/** dx, [rows, n]; with rstd `held`, the layer norm's part through its centring alone. */
export function layerNormGradient(
  runtime: Runtime,
  x: Storage,
  gain: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
  held: boolean,
): Storage {
  const { width, slots } = rowVariant(runtime, n);
  const dx = runtime.allocate(rows * n, 'gradient of layerNorm');
  runtime.run(gradientKernel, {
    uniforms: { rows, n, held: Number(held) },
    inputs: { x, gain, mean, rstd, dy },
    outputs: { dx },
    constants: { WIDTH: width },
    slots,
    workgroups: foldWorkgroups(rows, runtime),
  });
  return dx;
}

/** The gain's gradient, [n]. */
export function layerNormGainGradient(
  runtime: Runtime,
  x: Storage,
  mean: Storage,
  rstd: Storage,
  dy: Storage,
  rows: number,
  n: number,
): Storage {
  const chunk = Math.max(ROWS_PER_PART, Math.ceil(Math.sqrt(rows)));
  const parts = Math.ceil(rows / chunk);
  const count = parts * n;
  const partial = runtime.allocate(count, 'gradient of layerNorm');
  runtime.run(gainKernel, {
    uniforms: { rows, n, chunk, count },
    inputs: { x, mean, rstd, dy },
    outputs: { parts: partial },
    workgroups: workgroupsFor(count, gainKernel, runtime),
  });
  if (parts === 1) return partial;
  const result = reduce(runtime, 'sum', partial, 1, parts, n);
  runtime.release(partial);
  return result;
}
