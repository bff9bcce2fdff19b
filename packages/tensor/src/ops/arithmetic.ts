/**
 * Arithmetic element by element, with NumPy's broadcasting. Gradients are computed in the broadcast shape; the tape sums them back to the
 * shape of the input.
 */
import type { Binary } from '../backend.ts';
import { TensorError } from '../errors.ts';
import { commonBackend, operation } from '../operation.ts';
import { broadcastShapes, broadcastWalk } from '../shape.ts';
import { full, Tensor, wrap } from '../tensor.ts';

/** A tensor, or a number in the place of a tensor of shape []. */
export type Operand = Tensor | number;

/**
 * a + b
 *
 * @param a any shape
 * @param b a shape that broadcasts with a's
 * @returns the shape that both broadcast to
 * @throws TensorError `shape` when the shapes do not broadcast; `argument` when no operand is a tensor, a number is NaN, or the tensors
 * live on two backends
 * @example add(tensor(backend, [1, 2]), 10); // Tensor [2] on reference: 11, 12
 */
export function add(a: Operand, b: Operand): Tensor {
  return withNumbers('add', a, b, (a, b) =>
    operation('add', { a, b }, () => ({ output: elementwise('add', a, b), gradients: { a: (dy) => dy, b: (dy) => dy } })),
  );
}

/**
 * a − b
 *
 * @param a any shape
 * @param b a shape that broadcasts with a's
 * @returns the shape that both broadcast to
 * @throws TensorError `shape` when the shapes do not broadcast; `argument` when no operand is a tensor, a number is NaN, or the tensors
 * live on two backends
 * @example sub(tensor(backend, [1, 2]), tensor(backend, [3, 5])); // Tensor [2] on reference: -2, -3
 */
export function sub(a: Operand, b: Operand): Tensor {
  return withNumbers('sub', a, b, (a, b) =>
    operation('sub', { a, b }, () => ({ output: elementwise('sub', a, b), gradients: { a: (dy) => dy, b: (dy) => mul(dy, -1) } })),
  );
}

/**
 * a · b
 *
 * @param a any shape
 * @param b a shape that broadcasts with a's
 * @returns the shape that both broadcast to
 * @throws TensorError `shape` when the shapes do not broadcast; `argument` when no operand is a tensor, a number is NaN, or the tensors
 * live on two backends
 * @example mul(tensor(backend, [1, 2], [2, 1]), tensor(backend, [3, 5])); // Tensor [2, 2] on reference: 3, 5, 6, 10
 */
export function mul(a: Operand, b: Operand): Tensor {
  return withNumbers('mul', a, b, (a, b) =>
    operation('mul', { a, b }, () => ({ output: elementwise('mul', a, b), gradients: { a: (dy) => mul(dy, b), b: (dy) => mul(dy, a) } })),
  );
}

/**
 * a / b. Dividing by 0 gives ±Infinity or NaN, as everywhere in floating point.
 *
 * @param a any shape
 * @param b a shape that broadcasts with a's
 * @returns the shape that both broadcast to
 * @throws TensorError `shape` when the shapes do not broadcast; `argument` when no operand is a tensor, a number is NaN, or the tensors
 * live on two backends
 * @example div(1, tensor(backend, [2, 4])); // Tensor [2] on reference: 0.5, 0.25
 */
export function div(a: Operand, b: Operand): Tensor {
  return withNumbers('div', a, b, (a, b) =>
    operation('div', { a, b }, () => {
      const output = elementwise('div', a, b);
      return { output, gradients: { a: (dy) => div(dy, b), b: (dy) => mul(mul(dy, -1), div(output, b)) } };
    }),
  );
}

/**
 * 1 where a and b are the same number, 0 elsewhere. Its gradient is 0 everywhere, so it is not recorded.
 *
 * @param a any shape
 * @param b a shape that broadcasts with a's
 * @returns the shape that both broadcast to
 * @throws TensorError `shape` when the shapes do not broadcast, `argument` when the tensors live on two backends
 * @example equal(tensor(backend, [1, 2]), tensor(backend, [1, 3])); // Tensor [2] on reference: 1, 0
 */
export function equal(a: Tensor, b: Tensor): Tensor {
  commonBackend('equal', [a, b]);
  return elementwise('equal', a, b);
}

function elementwise(op: Binary, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes(op, a.shape, b.shape);
  return wrap(a.backend, a.backend.binary(op, a.storage, broadcastWalk(a.shape, shape), b.storage, broadcastWalk(b.shape, shape)), shape);
}

/** Applies an operation to two tensors. A number becomes a tensor of shape [] on the other operand's backend, which is freed after use. */
function withNumbers(op: string, a: Operand, b: Operand, apply: (a: Tensor, b: Tensor) => Tensor): Tensor {
  if (a instanceof Tensor && b instanceof Tensor) return apply(a, b);
  const like = a instanceof Tensor ? a : b;
  if (!(like instanceof Tensor)) throw new TensorError('argument', `${op}: one operand must be a tensor; got ${a} and ${b}`);
  const number = Number(like === a ? b : a);
  if (Number.isNaN(number))
    throw new TensorError('argument', `${op}: an operand is ${like === a ? b : a}; it must be a tensor or a number`);
  const scalar = full(like.backend, [], number);
  const result = like === a ? apply(like, scalar) : apply(scalar, like);
  scalar.dispose();
  return result;
}
