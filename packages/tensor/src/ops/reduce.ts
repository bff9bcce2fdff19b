/**
 * Sums, means and maxima over axes, and their inverse: stretching a tensor to a larger shape.
 */
import type { Reduction } from '../backend.ts';
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { aroundAxis, broadcastShapes, broadcastWalk, resolveAxis, type Shape, sameShape } from '../shape.ts';
import { intoShape, type Tensor, tidy, wrap } from '../tensor.ts';
import { div, equal, mul } from './arithmetic.ts';

/** Which axes to reduce (all by default; negative ones count from the end), and whether they stay as extents of 1. */
export interface ReduceOptions {
  readonly axes?: readonly number[] | undefined;
  readonly keepDims?: boolean | undefined;
}

/** The sum over axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { kept, result } = reducedShapes('sum', x.shape, options);
  return operation('sum', { x }, () => ({
    output: intoShape(reduceTo('sum', x, kept), result),
    gradients: { x: (dy) => stretch(dy.view(kept), x.shape) },
  }));
}

/** The mean over axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return tidy(x.backend, () => {
    const total = sum(x, options);
    return mul(total, total.size / x.size);
  });
}

/** The largest element over axes. Where several are equally large, they share the gradient evenly, as PyTorch's `amax` does. */
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

/** x stretched to a larger shape, by the rule of broadcasting. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (!sameShape(broadcastShapes('broadcastTo', x.shape, shape), shape)) {
    throw new TensorError('shape', `broadcastTo: a tensor of shape ${describe(x.shape)} does not stretch to ${describe(shape)}`);
  }
  return operation('broadcastTo', { x }, () => ({ output: stretch(x, shape), gradients: { x: (dy) => dy } }));
}

/** Sums x down to a shape that broadcasts to x's: the adjoint of broadcasting. Not recorded; the tape uses it on gradients. @internal */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const kept = x.shape.map((n, i) => (i < lead || shape[i - lead] === 1 ? 1 : n));
  return intoShape(reduceTo('sum', x, kept), shape);
}

function stretch(x: Tensor, shape: Shape): Tensor {
  return wrap(x.backend, x.backend.copy(x.storage, broadcastWalk(x.shape, shape)), shape);
}

/** Reduces every axis that has extent 1 in `kept`, neighbouring axes in one step. */
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

function reducedShapes(op: string, shape: Shape, { axes, keepDims = false }: ReduceOptions): { kept: number[]; result: number[] } {
  const reduced = new Set((axes ?? shape.map((_, i) => i)).map((axis) => resolveAxis(op, axis, shape)));
  const kept = shape.map((n, i) => (reduced.has(i) ? 1 : n));
  return { kept, result: keepDims ? kept : kept.filter((_, i) => !reduced.has(i)) };
}
