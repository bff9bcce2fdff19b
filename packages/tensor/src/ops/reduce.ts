/**
 * Sums, means and maxima over axes; and the opposite, stretching a tensor to a larger shape.
 */
import type { Reduction } from '../backend.ts';
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { aroundAxis, broadcastShapes, broadcastWalk, checkShape, resolveAxis, type Shape, sameShape } from '../shape.ts';
import { intoShape, type Tensor, tidy, wrap } from '../tensor.ts';
import { div, equal, mul } from './arithmetic.ts';

/** What is reduced, and the shape of the result. */
export interface ReduceOptions {
  /** Which axes; all by default. Negative ones count from the end. */
  readonly axes?: readonly number[] | undefined;
  /** Reduced axes stay in the shape, with an extent of 1. By default they are left out. */
  readonly keepDims?: boolean | undefined;
}

/**
 * The sum over axes.
 *
 * @param x any shape
 * @returns the shape of x without the reduced axes
 * @throws TensorError `shape` when there is no such axis
 * @example sum(tensor(backend, [1, 2, 3, 4], [2, 2]), { axes: [0] }); // Tensor [2] on reference: 4, 6
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { kept, result } = reducedShapes('sum', x.shape, options);
  return operation('sum', { x }, () => ({
    output: intoShape(reduceTo('sum', x, kept), result),
    gradients: { x: (dy) => stretch(dy.view(kept), x.shape) },
  }));
}

/**
 * The mean over axes.
 *
 * @param x any shape
 * @returns the shape of x without the reduced axes
 * @throws TensorError `shape` when there is no such axis
 * @example mean(tensor(backend, [1, 2, 3, 4], [2, 2])); // Tensor [] on reference: 2.5
 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  reducedShapes('mean', x.shape, options);
  return tidy(x.backend, () => {
    const total = sum(x, options);
    return mul(total, total.size / x.size);
  });
}

/**
 * The largest element over axes. Several that are equally large share the gradient evenly, as in PyTorch's `amax`.
 *
 * @param x any shape
 * @returns the shape of x without the reduced axes
 * @throws TensorError `shape` when there is no such axis
 * @example max(tensor(backend, [1, 2, 3, 4], [2, 2]), { axes: [1], keepDims: true }); // Tensor [2, 1] on reference: 2, 4
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { kept, result } = reducedShapes('max', x.shape, options);
  return operation('max', { x }, () => {
    const largest = reduceTo('max', x, kept);
    return {
      output: largest.view(result),
      saved: [largest],
      gradients: {
        x: (dy) => {
          const mask = equal(x, largest);
          return mul(mask, div(dy.view(kept), reduceTo('sum', mask, kept)));
        },
      },
    };
  });
}

/**
 * x stretched to a larger shape, by the rule of broadcasting.
 *
 * @param x a shape that broadcasts to `shape`
 * @returns a tensor of the given shape
 * @throws TensorError `shape` when x does not stretch to the shape, or an extent is not a positive integer
 * @example broadcastTo(tensor(backend, [1, 2]), [2, 2]); // Tensor [2, 2] on reference: 1, 2, 1, 2
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkShape('broadcastTo', shape);
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw new TensorError('shape', `broadcastTo: a tensor of shape ${describe(x.shape)} does not stretch to ${describe(shape)}`);
  }
  return operation('broadcastTo', { x }, () => ({ output: stretch(x, [...shape]), gradients: { x: (dy) => dy } }));
}

/** Sums x to a shape that broadcasts to x's: the gradient of broadcasting. The tape applies it to gradients; it is not recorded. @internal */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const kept = x.shape.map((n, i) => (i < lead || shape[i - lead] === 1 ? 1 : n));
  return intoShape(reduceTo('sum', x, kept), shape);
}

function stretch(x: Tensor, shape: Shape): Tensor {
  return wrap(x.backend, x.backend.copy(x.storage, broadcastWalk(x.shape, shape)), shape);
}

/** Reduces each axis whose extent in `kept` is 1. Axes next to each other are reduced in one step. */
function reduceTo(op: Reduction, x: Tensor, kept: Shape): Tensor {
  let current = x;
  for (let end = kept.length; end > 0; end--) {
    let start = end;
    while (start > 0 && kept[start - 1] === 1) start--;
    if (start === end) continue;
    const { outer } = aroundAxis(current.shape, start);
    const inner = current.shape.slice(end).reduce((product, n) => product * n, 1);
    const n = current.size / (outer * inner);
    if (n > 1) {
      const shape = [...current.shape.slice(0, start), ...kept.slice(start)];
      const next = wrap(x.backend, x.backend.reduce(op, current.storage, outer, n, inner), shape);
      if (current !== x) current.dispose();
      current = next;
    }
    end = start + 1;
    if (start === 0) break;
  }
  return current === x ? x.view(kept) : current;
}

/** The shape of the result with the reduced axes as extents of 1 (`kept`), and as asked for (`result`). */
function reducedShapes(op: string, shape: Shape, { axes, keepDims = false }: ReduceOptions): { kept: number[]; result: number[] } {
  const reduced = new Set((axes ?? shape.map((_, i) => i)).map((axis) => resolveAxis(op, axis, shape)));
  const kept = shape.map((n, i) => (reduced.has(i) ? 1 : n));
  return { kept, result: keepDims ? kept : kept.filter((_, i) => !reduced.has(i)) };
}
