/**
 * Walks made ready for a kernel. Neighbouring axes that all walks could take as one are merged: a kernel divides once for every axis.
 */
import { TensorError, type Walk } from '@cdam/tensor';
import { AXES } from './shared-numbers.ts';

/** A common shape, and for each walk its strides along it. */
export interface MergedWalks {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of extent 1, and merges neighbours where that is right for every walk. Throws a `TensorError` when more than 8 axes remain. */
export function mergeWalks(op: string, walks: readonly Walk[]): MergedWalks {
  const shape: number[] = [];
  const strides: number[][] = walks.map(() => []);
  (walks[0]?.shape ?? []).forEach((extent, axis) => {
    if (extent === 1) return;
    const steps = walks.map((walk) => walk.strides[axis] ?? 0);
    const last = shape.length - 1;
    const merges = last >= 0 && steps.every((step, w) => strides[w]?.[last] === step * extent);
    if (merges) shape[last] = (shape[last] ?? 1) * extent;
    else shape.push(extent);
    steps.forEach((step, w) => {
      const own = strides[w] ?? [];
      own[merges ? last : own.length] = step;
    });
  });
  if (shape.length > AXES) {
    throw new TensorError('backend', `${op}: a walk of ${shape.length} axes that cannot be merged, but the kernel takes ${AXES}`);
  }
  return { shape, strides };
}

/** Product of the extents. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
