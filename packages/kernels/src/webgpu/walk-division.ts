/**
 * How kernels that walk through strided data are divided into workgroups.
 */
import { countOf } from '../walks.ts';
import type { Workgroups } from './kernel.ts';
import { foldWorkgroups, type Runtime, workgroupsFor } from './runtime.ts';

/** The shortest lines of the last axis that are worth a workgroup: with shorter ones, too many of its invocations are idle. */
const SHORTEST_LINE = 48;

/** How a kernel that walks is divided: along lines of the last axis, where these are long enough. */
export interface WalkDivision {
  readonly constants: { readonly RANK: number; readonly BY_LINES: number };
  readonly workgroups: Workgroups;
}

/** The division of a merged shape. A shape of one element counts as one axis, because the kernels need one. */
export function divideWalk(
  runtime: Runtime,
  kernel: { readonly fixed: { readonly WORKGROUP: number } },
  shape: readonly number[],
): WalkDivision {
  const last = shape.at(-1) ?? 1;
  const RANK = Math.max(1, shape.length);
  if (last < SHORTEST_LINE) return { constants: { RANK, BY_LINES: 0 }, workgroups: workgroupsFor(countOf(shape), kernel, runtime) };
  const [y, z] = foldWorkgroups(countOf(shape) / last, runtime);
  return { constants: { RANK, BY_LINES: 1 }, workgroups: [Math.ceil(last / kernel.fixed.WORKGROUP), y, z] };
}

/** Whether the merged walk steps through consecutive elements. */
export function isDense(strides: readonly number[]): boolean {
  return strides.length === 0 || (strides.length === 1 && strides[0] === 1);
}
