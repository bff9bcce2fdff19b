/**
 * Softmax and its logarithm over one axis.
 */
import { operation } from '../operation.ts';
import { aroundAxis, resolveAxis } from '../shape.ts';
import { type Tensor, tidy, wrap } from '../tensor.ts';
import { transpose } from './movement.ts';

/** eˣ / Σ eˣ over an axis (the last by default), with the maximum taken off first. */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongAxis('softmax', x, axis, false);
}

/** x − log Σ eˣ over an axis (the last by default). */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return alongAxis('logSoftmax', x, axis, true);
}

function alongAxis(name: string, x: Tensor, axis: number, log: boolean): Tensor {
  const at = resolveAxis(name, axis, x.shape);
  const last = x.shape.length - 1;
  if (at !== last) {
    const swap = x.shape.map((_, i) => (i === at ? last : i === last ? at : i));
    return tidy(x.backend, () => transpose(alongAxis(name, transpose(x, swap), last, log), swap));
  }
  const { outer: rows, n } = aroundAxis(x.shape, last);
  return operation(name, { x }, (backend) => {
    const output = wrap(backend, backend.softmax(x.storage, rows, n, log), x.shape);
    return { output, gradients: { x: (dy) => wrap(backend, backend.softmaxGradient(output.storage, dy.storage, rows, n, log), x.shape) } };
  });
}
