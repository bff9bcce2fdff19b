/**
 * Element-wise arithmetic with NumPy's broadcasting. The pullbacks return gradients in the broadcast shape; the tape sums
 * them back to the shape of the input.
 */
import type { Binary } from '../backend.ts';
import { operation } from '../operation.ts';
import { broadcastShapes, broadcastWalk } from '../shape.ts';
import { full, Tensor, wrap } from '../tensor.ts';

/** A tensor, or a number that stands for a scalar one. */
export type Operand = Tensor | number;

/** a + b */
export function add(a: Operand, b: Operand): Tensor {
  return withNumbers('add', a, b, (a, b) =>
    operation('add', { a, b }, () => ({ output: elementwise('add', a, b), gradients: { a: (dy) => dy, b: (dy) => dy } })),
  );
}

/** a − b */
export function sub(a: Operand, b: Operand): Tensor {
  return withNumbers('sub', a, b, (a, b) =>
    operation('sub', { a, b }, () => ({ output: elementwise('sub', a, b), gradients: { a: (dy) => dy, b: (dy) => mul(dy, -1) } })),
  );
}

/** a · b */
export function mul(a: Operand, b: Operand): Tensor {
  return withNumbers('mul', a, b, (a, b) =>
    operation('mul', { a, b }, () => ({ output: elementwise('mul', a, b), gradients: { a: (dy) => mul(dy, b), b: (dy) => mul(dy, a) } })),
  );
}

/** a / b */
export function div(a: Operand, b: Operand): Tensor {
  return withNumbers('div', a, b, (a, b) =>
    operation('div', { a, b }, () => {
      const output = elementwise('div', a, b);
      return { output, gradients: { a: (dy) => div(dy, b), b: (dy) => mul(mul(dy, -1), div(output, b)) } };
    }),
  );
}

/** 1 where a and b are equal, 0 elsewhere. Its gradient is zero everywhere, so it is not recorded. */
export function equal(a: Tensor, b: Tensor): Tensor {
  return elementwise('equal', a, b);
}

function elementwise(op: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(op, a.shape, b.shape);
  return wrap(a.backend, a.backend.binary(op, a.storage, broadcastWalk(a.shape, shape), b.storage, broadcastWalk(b.shape, shape)), shape);
}

/** Turns a number into a scalar on the other operand's backend. It lives until the operation no longer needs it. */
function withNumbers(op: string, a: Operand, b: Operand, apply: (a: Tensor, b: Tensor) => Tensor): Tensor {
  if (a instanceof Tensor && b instanceof Tensor) return apply(a, b);
  const like = a instanceof Tensor ? a : b;
  if (!(like instanceof Tensor)) throw new TypeError(`${op}: one operand must be a tensor; got ${a} and ${b}`);
  const scalar = full(like.backend, [], Number(like === a ? b : a));
  const result = like === a ? apply(like, scalar) : apply(scalar, like);
  scalar.dispose();
  return result;
}
