/**
 * Negation, exponential, logarithm and square root of each element.
 */
import type { Unary } from '../backend.ts';
import { operation } from '../operation.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { div, mul } from './arithmetic.ts';

/**
 * −x
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example neg(tensor(backend, [1, -2])); // Tensor [2] on reference: -1, 2
 */
export function neg(x: Tensor): Tensor {
  return operation('neg', { x }, () => ({ output: map('neg', x), gradients: { x: (dy) => map('neg', dy) } }));
}

/**
 * eˣ. It is Infinity for x above 88.7, where 32 bits overflow.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example exp(tensor(backend, [0, 1])); // Tensor [2] on reference: 1, 2.71828
 */
export function exp(x: Tensor): Tensor {
  return operation('exp', { x }, () => {
    const output = map('exp', x);
    return { output, gradients: { x: (dy) => mul(dy, output) } };
  });
}

/**
 * The natural logarithm. It is −Infinity at 0 and NaN below; no error is thrown, because elements are not looked at.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example log(tensor(backend, [1, Math.E])); // Tensor [2] on reference: 0, 1
 */
export function log(x: Tensor): Tensor {
  return operation('log', { x }, () => ({ output: map('log', x), gradients: { x: (dy) => div(dy, x) } }));
}

/**
 * √x. It is NaN below 0, and its gradient is Infinity at 0; no error is thrown, because elements are not looked at.
 *
 * @param x any shape
 * @returns as x
 * @throws TensorError `disposed` when x was disposed
 * @example sqrt(tensor(backend, [4, 9])); // Tensor [2] on reference: 2, 3
 */
export function sqrt(x: Tensor): Tensor {
  return operation('sqrt', { x }, () => {
    const output = map('sqrt', x);
    return { output, gradients: { x: (dy) => div(mul(dy, 0.5), output) } };
  });
}

function map(op: Unary, x: Tensor): Tensor {
  return wrap(x.backend, x.backend.unary(op, x.storage), x.shape);
}
