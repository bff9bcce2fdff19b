/**
 * How kernels that walk through strided data are divided into workgroups.
 */
import { countOf } from '../walks.ts';
import type { Constants, Workgroups } from './kernel.ts';
import { foldWorkgroups, type Runtime } from './runtime.ts';

/** Lines of the last axis that are shorter leave too many invocations of a workgroup idle. */
const SHORTEST_LINE = 48;

/** How a kernel that walks is divided: workgroups of 64 invocations, along lines of the last axis where these are long enough. */
export interface WalkDivision {
  /** RANK and BY_LINES */
  readonly constants: Constants;
  readonly workgroups: Workgroups;
}

/** The division of a merged shape. A shape of one element has one axis here, as the kernels need one. */
export function divideWalk(runtime: Runtime, shape: readonly number[]): WalkDivision {
  const last = shape.at(-1) ?? 1;
  const lines = countOf(shape) / last;
  const RANK = Math.max(1, shape.length);
  if (last < SHORTEST_LINE) {
    return { constants: { RANK, BY_LINES: 0 }, workgroups: foldWorkgroups(Math.ceil(countOf(shape) / 64), runtime) };
  }
  const [y, z] = foldWorkgroups(lines, runtime);
  return { constants: { RANK, BY_LINES: 1 }, workgroups: [Math.ceil(last / 64), y, z] };
}

/** Numbers as the two halves of an `array<vec4u, 2>`; what is missing is 0. */
export function halves(values: readonly number[]): [[number, number, number, number], [number, number, number, number]] {
  const at = (i: number): number => values[i] ?? 0;
  return [
    [at(0), at(1), at(2), at(3)],
    [at(4), at(5), at(6), at(7)],
  ];
}

/** Whether the merged walk steps through consecutive elements. */
export function isDense(strides: readonly number[]): boolean {
  return strides.length === 0 || (strides.length === 1 && strides[0] === 1);
}
