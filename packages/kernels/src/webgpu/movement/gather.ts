/**
 * Rows picked by their numbers, and the sum that is the adjoint of picking.
 */
import type { Storage } from '@cdam/tensor';
import { elementSlot } from '../element.ts';
import { defineKernel } from '../kernel.ts';
import { type Runtime, workgroupsFor } from '../runtime.ts';
import gatherSource from './gather.wgsl';
import scatterSource from './scatter-add.wgsl';

const gatherKernel = defineKernel({
  name: 'gather',
  source: gatherSource,
  uniforms: { width: 'u32', count: 'u32' },
  inputs: ['x', 'indices'],
  outputs: ['y'],
  fixed: { WORKGROUP: 256 },
  slots: ['ELEMENT_X'],
});

const scatterKernel = defineKernel({
  name: 'scatter-add',
  source: scatterSource,
  uniforms: { width: 'u32', picks: 'u32', count: 'u32' },
  inputs: ['dy', 'indices'],
  outputs: ['dx'],
  fixed: { WORKGROUP: 256 },
});

/** x is [rows, width]; row i of the result is x[indices_i]. */
export function gather(runtime: Runtime, x: Storage, indices: Uint32Array, width: number): Storage {
  const count = indices.length * width;
  const y = runtime.allocate(count, 'gather');
  const picks = runtime.upload(indices);
  runtime.run(gatherKernel, {
    uniforms: { width, count },
    inputs: { x, indices: picks },
    keptInputs: ['x'],
    outputs: { y },
    slots: elementSlot(runtime, 'X', x),
    workgroups: workgroupsFor(count, gatherKernel, runtime),
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
    inputs: { dy, indices: picks },
    outputs: { dx },
    workgroups: workgroupsFor(count, scatterKernel, runtime),
  });
  runtime.release(picks);
  return dx;
}
