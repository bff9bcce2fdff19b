/**
 * Sums and maxima along an axis.
 */
import type { Reduction, Storage } from '@cdam/tensor';
import { reductions } from '../operation-numbers.ts';
import { FOLDED_COLUMNS } from '../shared-numbers.ts';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Implements {@link Primitives.reduce}. */
export function reduce(runtime: WasmRuntime, op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage {
  const from = runtime.address(x);
  const out = runtime.create(outer * inner);
  const to = runtime.address(out);
  if (inner === 1) {
    runtime.run('reduceRows', { units: outer, cost: n }, { op: reductions[op], x: from, out: to, n });
  } else {
    const work = { units: outer * Math.ceil(inner / FOLDED_COLUMNS), cost: n * FOLDED_COLUMNS, multiple: FOLDED_COLUMNS };
    runtime.run('reduceColumns', work, { op: reductions[op], x: from, out: to, n, inner });
  }
  return out;
}
