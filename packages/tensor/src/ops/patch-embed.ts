/**
 * The patch embedding: a convolution whose stride is its kernel's size, that is, one linear layer for all patches.
 */
import { describe, TensorError } from '../errors.ts';
import { sameShape } from '../shape.ts';
import { type Tensor, tidy } from '../tensor.ts';
import { linear } from './linear.ts';
import { patchify, reshape } from './movement.ts';

/**
 * One token per patch, row by row over the grid.
 *
 * @param pictures [batch, channels, height, width]
 * @param weight [width, channels, patchHeight, patchWidth], as PyTorch stores the convolution
 * @param bias [width]
 * @returns [batch, patches, width]
 */
export function patchEmbed(pictures: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [width = 1, channels, patchHeight = 1, patchWidth = 1] = weight.shape;
  if (weight.shape.length !== 4 || channels !== pictures.shape[1] || (bias !== undefined && !sameShape(bias.shape, [width]))) {
    throw new TensorError('shape', `patchEmbed: pictures ${describe(pictures.shape)} do not fit a weight ${describe(weight.shape)}`);
  }
  return tidy(pictures.backend, () => linear(patchify(pictures, [patchHeight, patchWidth]), reshape(weight, [width, -1]), bias));
}
