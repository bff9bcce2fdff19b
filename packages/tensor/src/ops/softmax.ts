/**
 * Softmax and its logarithm over one axis.
 */
import { operation } from '../operation.ts';
import { aroundAxis, resolveAxis } from '../shape.ts';
import { type Tensor, tidy, wrap } from '../tensor.ts';
import { transpose } from './movement.ts';

/**
 * eˣ / Σ eˣ along an axis. The maximum is subtracted first, so that it does not overflow.
 *
 * @param x [..., n, ...]
 * @param axis which axis has n elements; the last by default, and negative ones count from the end
 * @returns as x
 * @throws TensorError `shape` when there is no such axis
 * @example softmax(tensor(backend, [0, Math.log(3)])); // Tensor [2] on reference: 0.25, 0.75
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongAxis('softmax', x, axis, false);
}

/**
 * x − log Σ eˣ along an axis: the logarithm of `softmax`, without loss of small probabilities.
 *
 * @param x [..., n, ...]
 * @param axis which axis has n elements; the last by default, and negative ones count from the end
 * @returns as x
 * @throws TensorError `shape` when there is no such axis
 * @example logSoftmax(tensor(backend, [0, 1000])); // Tensor [2] on reference: -1000, 0
 */
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
    const gradients = {
      x: (dy: Tensor): Tensor => wrap(backend, backend.softmaxGradient(output.storage, dy.storage, rows, n, log), x.shape),
    };
    // Weights of a mean are gates.
    return { output, gradients, frozenGates: log ? {} : { x: undefined } };
  });
}
