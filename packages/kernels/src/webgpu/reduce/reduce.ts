/**
 * Sums and maxima along one axis. A long axis is cut into chunks that are reduced at the same time; then their results are reduced.
 */
import type { Reduction, Storage } from '@cdam/tensor';
import { defineKernel } from '../kernel.ts';
import { rowVariant } from '../row-variant.ts';
import { foldWorkgroups, type Runtime, workgroupsFor } from '../runtime.ts';
import columnsSource from './reduce-columns.wgsl';
import rowsSource from './reduce-rows.wgsl';

/** Rows up to this length are reduced by one invocation each, because most of a workgroup would be idle. */
const SHORT_ROW = 32;
/** An invocation reduces at most this much of a row. */
const ROW_STEPS = 32;
/** An invocation reduces at most this much of a column in one pass, unless the square root of the length is more. */
const COLUMN_CHUNK = 64;

const rowsKernel = defineKernel({
  name: 'reduce-rows',
  source: rowsSource,
  uniforms: { n: 'u32', chunk: 'u32', chunks: 'u32', groups: 'u32' },
  inputs: ['x'],
  outputs: ['y'],
  constants: ['WIDTH', 'MAXIMUM'],
  slots: ['EXTENSIONS', 'FOLD'],
});

const columnsKernel = defineKernel({
  name: 'reduce-columns',
  source: columnsSource,
  uniforms: { n: 'u32', inner: 'u32', chunk: 'u32', chunks: 'u32', count: 'u32' },
  inputs: ['x'],
  outputs: ['y'],
  constants: ['MAXIMUM'],
  fixed: { WORKGROUP: 64 },
});

/** x is [outer, n, inner]; the result [outer, inner]. */
export function reduce(runtime: Runtime, op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage {
  const byRows = inner === 1 && n > SHORT_ROW;
  const { width, slots } = rowVariant(runtime, n);
  const chunk = byRows ? ROW_STEPS * width : Math.max(COLUMN_CHUNK, Math.ceil(Math.sqrt(n)));
  const chunks = Math.max(1, Math.ceil(n / chunk));
  const count = outer * chunks * inner;
  const y = runtime.allocate(count, op);
  const MAXIMUM = Number(op === 'max');
  if (byRows) {
    runtime.run(rowsKernel, {
      uniforms: { n, chunk, chunks, groups: count },
      inputs: { x },
      outputs: { y },
      constants: { WIDTH: width, MAXIMUM },
      slots,
      workgroups: foldWorkgroups(count, runtime),
    });
  } else {
    runtime.run(columnsKernel, {
      uniforms: { n, inner, chunk, chunks, count },
      inputs: { x },
      outputs: { y },
      constants: { MAXIMUM },
      workgroups: workgroupsFor(count, columnsKernel, runtime),
    });
  }
  if (chunks === 1) return y;
  const result = reduce(runtime, op, y, outer, chunks, inner);
  runtime.release(y);
  return result;
}
