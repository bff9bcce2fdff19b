/**
 * Sums and maxima along an axis.
 */
import type { Reduction, Storage } from '@cdam/tensor';
import { reductions } from './function-numbers.ts';
import type { WasmRuntime } from './wasm-runtime.ts';

/** Neighbouring columns that are folded at once. */
const GROUP = 4;

/** Implements {@link Backend.reduce}. */
export function reduce(runtime: WasmRuntime, op: Reduction, x: Storage, outer: number, n: number, inner: number): Storage {
  const from = runtime.address(x);
  const out = runtime.create(outer * inner);
  const args = [reductions[op], from, runtime.address(out), n];
  if (inner === 1) runtime.run('reduceRows', { units: outer, cost: n }, args);
  else runtime.run('reduceColumns', { units: outer * Math.ceil(inner / GROUP), cost: n * GROUP, multiple: GROUP }, [...args, inner]);
  return out;
}
