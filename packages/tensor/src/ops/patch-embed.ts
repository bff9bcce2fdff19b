/**
 * The patch embedding: a convolution whose stride is the size of its kernel. That is the same linear layer for every patch.
 */
import { describe, TensorError } from '../errors.ts';
import { commonBackend } from '../operation.ts';
import { sameShape } from '../shape.ts';
import { type Tensor, tidy } from '../tensor.ts';
import { linear } from './linear.ts';
import { patchGrid, patchify, reshape } from './movement.ts';

/**
 * One token for each patch, in the order of `patchify`.
 *
 * @param pictures [batch, channels, height, width]
 * @param weight [width, channels, patchHeight, patchWidth], as PyTorch stores the convolution
 * @param bias [width]
 * @returns [batch, patches, width]
 * @throws TensorError `shape` when weight or bias do not fit the pictures, or patches do not divide them; `argument` when the tensors
 * live on several backends
 * @example patchEmbed(tensor(backend, [1, 2, 3, 4], [1, 1, 1, 4]), full(backend, [1, 1, 1, 2], 1)); // Tensor [1, 2, 1] on reference: 3, 7
 */
export function patchEmbed(pictures: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [width = 1, channels, patchHeight = 1, patchWidth = 1] = weight.shape;
  const grid = patchGrid('patchEmbed', pictures.shape, patchHeight, patchWidth);
  if (weight.shape.length !== 4 || channels !== grid.channels || (bias !== undefined && !sameShape(bias.shape, [width]))) {
    const layer = `a weight ${describe(weight.shape)}${bias === undefined ? '' : ` and a bias ${describe(bias.shape)}`}`;
    const rule = 'they are [batch, channels, height, width], [width, channels, patchHeight, patchWidth] and [width]';
    throw new TensorError('shape', `patchEmbed: pictures ${describe(pictures.shape)} do not fit ${layer}; ${rule}`);
  }
  commonBackend('patchEmbed', [pictures, weight, bias]);
  return tidy(pictures.backend, () => linear(patchify(pictures, [patchHeight, patchWidth]), reshape(weight, [width, -1]), bias));
}
