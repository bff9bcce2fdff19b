/**
 * The patch embedding: a convolution whose stride is its kernel's size, that is, one linear layer for all patches.
 */
import { describe, TensorError } from '../errors.ts';
import { operation } from '../operation.ts';
import { sameShape, sizeOf } from '../shape.ts';
import { type Tensor, wrap } from '../tensor.ts';
import { matmul } from './linear.ts';
import { patchGrid, patchify, unpatchify } from './movement.ts';
import { sum } from './reduce.ts';

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
  const grid = patchGrid('patchEmbed', pictures.shape, patchHeight, patchWidth);
  if (weight.shape.length !== 4 || channels !== grid.channels || (bias !== undefined && !sameShape(bias.shape, [width]))) {
    throw new TensorError('shape', `patchEmbed: pictures ${describe(pictures.shape)} do not fit a weight ${describe(weight.shape)}`);
  }
  const patch = [patchHeight, patchWidth] as const;
  const depth = sizeOf([channels, ...patch]);
  const rows = grid.batch * grid.rows * grid.columns;
  return operation('patchEmbed', { pictures, weight, bias }, (backend) => ({
    output: wrap(
      backend,
      backend.patchEmbed(pictures.storage, weight.storage, bias?.storage, { ...grid, patchHeight, patchWidth, width }),
      [grid.batch, grid.rows * grid.columns, width],
    ),
    gradients: {
      pictures: (dy) => unpatchify(matmul(dy, weight.view([width, depth])), pictures.shape, patch),
      weight: (dy) =>
        matmul(dy.view([rows, width]), patchify(pictures, patch).view([rows, depth]), { transposeA: true }).view(weight.shape),
      bias: (dy) => sum(dy.view([rows, width]), { axes: [0] }),
    },
  }));
}
