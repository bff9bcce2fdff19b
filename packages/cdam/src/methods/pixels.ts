/**
 * Gradients with respect to the picture itself, for the methods that begin at the pixels, and their sums over patches.
 */
import { mul, openTape, patchify, reshape, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { gradientsOf, type Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';

/** The view's picture, [1, channels, height, width]. */
export function pixelsOf(view: View): Tensor {
  const { channels, inputHeight, inputWidth } = view.vit.config;
  return tensor(view.vit.backend, view.pixels, [1, channels, inputHeight, inputWidth]);
}

/**
 * ∂f/∂pixels of each target, [batch, channels, height, width]; the pictures of a batch do not influence each other.
 *
 * @param pixels [batch, channels, height, width]
 */
export function pixelGradients(view: View, pixels: Tensor, targets: readonly Target[], from: From): Tensor[] {
  const { vit } = view;
  return tidy(vit.backend, () => {
    using tape = openTape(vit.backend);
    tape.watch(pixels);
    const latent = vit.readout(vit.backbone(pixels, vit.config.depth - 1));
    const leaf = latent.view(latent.shape);
    return targets.flatMap((target) =>
      tidy(vit.backend, () => tape.gradient(latent, [pixels], reshape(gradientsOf(vit, leaf, [target], from), latent.shape))),
    );
  });
}

/** An attribution of pixels, averaged over the channels as in the authors' package, and summed over each patch: [batch, patches]. */
export function sumOverPatches(view: View, attribution: Tensor): Tensor {
  const { patchHeight, patchWidth, channels } = view.vit.config;
  return tidy(view.vit.backend, () => mul(sum(patchify(attribution, [patchHeight, patchWidth]), { axes: [2] }), 1 / channels));
}
