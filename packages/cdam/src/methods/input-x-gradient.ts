/**
 * Input × Gradient (Shrikumar et al. 2016): every pixel times the target's gradient with respect to it, summed over each patch.
 */
import { concat, mul, type Tensor, tidy } from '@cdam/tensor';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { pixelGradients, pixelsOf, sumOverPatches } from './pixels.ts';

/** [targets, patches] */
export function inputXGradient(view: View, targets: readonly Target[], from: From): Tensor {
  return tidy(view.vit.backend, () => {
    const pixels = pixelsOf(view);
    return concat(
      pixelGradients(view, pixels, targets, from).map((gradient) => sumOverPatches(view, mul(pixels, gradient))),
      0,
    );
  });
}
