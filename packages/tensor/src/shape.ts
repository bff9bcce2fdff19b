/**
 * The arithmetic of shapes: sizes, strides, axes and NumPy's broadcasting rule. No tensor is touched here.
 */
import type { Walk } from './backend.ts';
import { describe, TensorError } from './errors.ts';

export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Throws unless every extent is a positive integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!shape.every((n) => Number.isInteger(n) && n > 0)) {
    throw new TensorError('shape', `${op}: the shape ${describe(shape)} has an extent that is not a positive integer`);
  }
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return strides;
}

/** A walk over all of a dense tensor. */
export function denseWalk(shape: Shape): Walk {
  return { shape, strides: stridesOf(shape), offset: 0 };
}

/** Counts a negative axis from the end; throws when it is out of range. */
export function resolveAxis(op: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length) {
    throw new TensorError('shape', `${op}: axis ${axis} is out of range for a tensor of shape ${describe(shape)}`);
  }
  return resolved;
}

/** The shape both broadcast to: aligned at the last axis, an extent of 1 stretches. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new TensorError('shape', `${op}: shapes ${describe(a)} and ${describe(b)} do not broadcast: ${m} and ${n} differ at axis ${i}`);
    }
    return m === 1 ? n : m;
  });
}

/** Walks a dense tensor of shape `from` as if it had the larger shape `to`: stretched axes get stride 0. */
export function broadcastWalk(from: Shape, to: Shape): Walk {
  const dense = stridesOf(from);
  const lead = to.length - from.length;
  const strides = to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : (dense[i - lead] ?? 0)));
  return { shape: to, strides, offset: 0 };
}

/** The extents before, at and after an axis: a tensor seen as [outer, n, inner]. */
export function aroundAxis(shape: Shape, axis: number): { outer: number; n: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}
