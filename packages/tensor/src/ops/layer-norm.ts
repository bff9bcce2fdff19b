/**
 * Layer normalisation (Ba, Kiros and Hinton 2016) over the last axis.
 */
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { sameShape } from '../shape.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { sum } from './reduce.ts';

/**
 * (x − mean) / √(variance + epsilon) · gain + bias, mean and (biased) variance over the last axis.
 *
 * @param x [..., width]
 * @param gain [width]
 * @param bias [width]
 * @param epsilon added to the variance; checkpoints differ (1e-6 in timm, 1e-12 in Hugging Face's ViT)
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
  const width = x.shape.at(-1) ?? 1;
  if (x.shape.length === 0 || !sameShape(gain.shape, [width]) || !sameShape(bias.shape, [width])) {
    throw new TensorError(
      'shape',
      `layerNorm: gain ${describe(gain.shape)} and bias ${describe(bias.shape)} do not fit rows of ${describe(x.shape)}`,
    );
  }
  const rows = x.size / width;
  return operation('layerNorm', { x, gain, bias }, (backend) => {
    const result = backend.layerNorm(x.storage, gain.storage, bias.storage, rows, width, epsilon);
    const mean = wrap(backend, result.mean, [rows]);
    const rstd = wrap(backend, result.rstd, [rows]);
    return {
      output: wrap(backend, result.y, x.shape),
      saved: [mean, rstd],
      gradients: {
        x: (dy) =>
          wrap(backend, backend.layerNormGradient(x.storage, gain.storage, mean.storage, rstd.storage, dy.storage, rows, width), x.shape),
        gain: (dy) => wrap(backend, backend.layerNormGainGradient(x.storage, mean.storage, rstd.storage, dy.storage, rows, width), [width]),
        bias: (dy) => sum(dy.view([rows, width]), { axes: [0] }),
      },
    };
  });
}
