/**
 * Rows picked by their numbers, and the adjoint.
 */
import type { Storage } from '@cdam/tensor';
import { elementSlot } from '../element.ts';
import { defineKernel } from '../kernel.ts';
import { foldWorkgroups, type Runtime } from '../runtime.ts';
import gatherSource from './gather.wgsl';
import scatterSource from './scatter-add.wgsl';

const gatherKernel = defineKernel({
  name: 'gather',
  source: gatherSource,
  inputs: 2,
  outputs: 1,
  uniforms: { width: 'u32', count: 'u32' },
});

const scatterKernel = defineKernel({
  name: 'scatter-add',
  source: scatterSource,
  inputs: 2,
  outputs: 1,
  uniforms: { width: 'u32', picks: 'u32', count: 'u32' },
});

/** x is [rows, width]; row i of the result is x[indices_i]. */
export function gather(runtime: Runtime, x: Storage, indices: Uint32Array, width: number): Storage {
  const count = indices.length * width;
  const y = runtime.allocate(count, 'gather');
  const picks = runtime.upload(indices);
  runtime.run(gatherKernel, {
    uniforms: { width, count },
    inputs: [x, picks],
    keptInputs: [0],
    outputs: [y],
    slots: elementSlot(runtime, 'X', x),
    workgroups: foldWorkgroups(Math.ceil(count / 256), runtime),
  });
  runtime.release(picks);
  return y;
}

/** [rows, width], where row r is the sum of dy_i over all i with indices_i = r. */
export function scatterAdd(runtime: Runtime, dy: Storage, indices: Uint32Array, rows: number, width: number): Storage {
  const count = rows * width;
  const dx = runtime.allocate(count, 'scatterAdd');
  const picks = runtime.upload(indices);
  runtime.run(scatterKernel, {
    uniforms: { width, picks: indices.length, count },
    inputs: [dy, picks],
    outputs: [dx],
    workgroups: foldWorkgroups(Math.ceil(count / 256), runtime),
  });
  runtime.release(picks);
  return dx;
}
