/**
 * Arithmetic with shapes: sizes, strides, axes and NumPy's broadcasting rule. No tensor is needed for any of it.
 */
import type { Walk } from './backend.ts';
import { describe, TensorError } from './errors.ts';

/** Extents, outermost first; `[]` is the shape of a single number. */
export type Shape = readonly number[];

/**
 * The number of elements of a shape. Cannot fail.
 *
 * @example sizeOf([2, 3, 5]); // 30
 */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Throws a TensorError `shape` unless every extent is a positive integer. */
export function checkShape(op: string, shape: Shape): void {
  if (!shape.every((n) => Number.isInteger(n) && n > 0)) {
    throw new TensorError('shape', `${op}: the shape ${describe(shape)} has an extent that is not a whole number of at least 1`);
  }
}

/** True when two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/**
 * How many elements lie between neighbours along each axis, in row-major order. Cannot fail.
 *
 * @example stridesOf([2, 3, 5]); // [15, 5, 1]
 */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return strides;
}

/**
 * The walk that visits every element of a dense tensor in order. Cannot fail.
 *
 * @example denseWalk([2, 3]).strides; // [3, 1]
 */
export function denseWalk(shape: Shape): Walk {
  return { shape, strides: stridesOf(shape), offset: 0 };
}

/** The number of an axis, counted from the end when it is negative. Throws a TensorError `shape` when there is no such axis. */
export function resolveAxis(op: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= shape.length) {
    const axes = shape.length === 0 ? 'which has no axes' : `whose axes are ${-shape.length} to ${shape.length - 1}`;
    throw new TensorError('shape', `${op}: axis ${axis} is out of range for a tensor of shape ${describe(shape)}, ${axes}`);
  }
  return resolved;
}

/** The shape that two shapes broadcast to: they are aligned at the last axis, and an extent of 1 stretches to any other. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const m = a[i - rank + a.length] ?? 1;
    const n = b[i - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      const fault = `${m} and ${n} differ at axis ${i}, and neither is 1`;
      throw new TensorError('shape', `${op}: shapes ${describe(a)} and ${describe(b)} do not broadcast: ${fault}`);
    }
    return m === 1 ? n : m;
  });
}

/** The walk through a dense tensor of shape `from` that broadcasts it to shape `to`: along a stretched axis the stride is 0. */
export function broadcastWalk(from: Shape, to: Shape): Walk {
  const dense = stridesOf(from);
  const lead = to.length - from.length;
  const strides = to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : (dense[i - lead] ?? 0)));
  return { shape: to, strides, offset: 0 };
}

/** Sees a tensor as [outer, n, inner]: everything before an axis, the axis itself, and everything after it. */
export function aroundAxis(shape: Shape, axis: number): { outer: number; n: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}
