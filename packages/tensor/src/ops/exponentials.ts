/**
 * Negation, exponential, logarithm and square root, element by element.
 */
import type { Unary } from '../backend.ts';
import { operation } from '../operation.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { div, mul } from './arithmetic.ts';

/** −x */
export function neg(x: Tensor): Tensor {
  return operation('neg', { x }, () => ({ output: map('neg', x), gradients: { x: (dy) => map('neg', dy) } }));
}

/** eˣ */
export function exp(x: Tensor): Tensor {
  return operation('exp', { x }, () => {
    const output = map('exp', x);
    return { output, gradients: { x: (dy) => mul(dy, output) } };
  });
}

/** The natural logarithm; x must be positive. */
export function log(x: Tensor): Tensor {
  return operation('log', { x }, () => ({ output: map('log', x), gradients: { x: (dy) => div(dy, x) } }));
}

/** √x; x must not be negative, and its gradient needs x > 0. */
export function sqrt(x: Tensor): Tensor {
  return operation('sqrt', { x }, () => {
    const output = map('sqrt', x);
    return { output, gradients: { x: (dy) => div(mul(dy, 0.5), output) } };
  });
}

function map(op: Unary, x: Tensor): Tensor {
  return wrap(x.backend, x.backend.unary(op, x.storage), x.shape);
}
