/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) over the last axis.
 */
import { checkNumber, describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { sameShape } from '../shape.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { sum } from './reduce.ts';

/**
 * (x − mean) / √(variance + epsilon) · gain + bias, with the mean and the variance of each row. The variance is divided by the width, not
 * by width − 1.
 *
 * @param x [..., width]
 * @param gain [width]
 * @param bias [width]
 * @param epsilon a positive number, added to the variance; checkpoints differ (1e-6 in timm, 1e-12 in Hugging Face's ViT)
 * @returns [..., width]
 * @throws TensorError `shape` when gain or bias do not fit x; `argument` when epsilon is not positive or the tensors live on two backends
 * @example layerNorm(tensor(backend, [1, 3]), full(backend, [2], 1), full(backend, [2], 0), 1e-6); // Tensor [2] on reference: -1, 1
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
  const width = x.shape.at(-1) ?? 1;
  if (x.shape.length === 0 || !sameShape(gain.shape, [width]) || !sameShape(bias.shape, [width])) {
    throw new TensorError(
      'shape',
      `layerNorm: gain ${describe(gain.shape)} and bias ${describe(bias.shape)} do not fit rows of ${describe(x.shape)}; they are [width]`,
    );
  }
  checkNumber('layerNorm', 'epsilon', epsilon, epsilon > 0 && epsilon < Number.POSITIVE_INFINITY, 'a positive number');
  const rows = x.size / width;
  return operation('layerNorm', { x, gain, bias }, (backend) => {
    const result = backend.layerNorm(x.storage, gain.storage, bias.storage, rows, width, epsilon);
    const mean = wrap(backend, result.mean, [rows]);
    const rstd = wrap(backend, result.rstd, [rows]);
    const gradientOfX = (dy: Tensor, held: boolean): Tensor => {
      const dx = backend.layerNormGradient(x.storage, gain.storage, mean.storage, rstd.storage, dy.storage, rows, width, held);
      return wrap(backend, dx, x.shape);
    };
    return {
      output: wrap(backend, result.y, x.shape),
      saved: [mean, rstd],
      gradients: {
        x: (dy) => gradientOfX(dy, false),
        gain: (dy) => wrap(backend, backend.layerNormGainGradient(x.storage, mean.storage, rstd.storage, dy.storage, rows, width), [width]),
        bias: (dy) => sum(dy.view([rows, width]), { axes: [0] }),
      },
      // 1/σ is held.
      frozenGates: { x: (dy) => gradientOfX(dy, true) },
    };
  });
}
