/**
 * Gradients with respect to the pixels, and their sums over patches.
 */
import { concat, mul, patchify, sum, type Tensor, tidy } from '@cdam/tensor';
import { gradientsOf } from '../targets/gradients.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/**
 * ∂f/∂pixels of each target, [targets, channels, height, width].
 *
 * @param pixels [1, channels, height, width]
 */
export function pixelGradients({ vit }: View, pixels: Tensor, targets: readonly Target[], from: From): Tensor {
  return tidy(vit.backend, () => {
    const forward = (): { latent: Tensor; by: Tensor[] } => ({ latent: vit.readout(vit.backbone(pixels)), by: [pixels] });
    return concat(gradientsOf(vit, targets, from, pixels, forward).flat(), 0);
  });
}

/** What becomes of the channels of a pixel: their sum, as the definitions of the methods have it, or their mean. */
export type Channels = 'sum' | 'mean';

/**
 * An attribution of pixels, summed over each patch.
 *
 * @param attribution [batch, channels, height, width]
 * @returns [batch, patches]
 */
export function sumOverPatches({ vit }: View, attribution: Tensor, over: Channels): Tensor {
  const { patchHeight, patchWidth, channels } = vit.config;
  return tidy(vit.backend, () => {
    const total = sum(patchify(attribution, [patchHeight, patchWidth]), { axes: [2] });
    return over === 'sum' ? total : mul(total, 1 / channels);
  });
}
