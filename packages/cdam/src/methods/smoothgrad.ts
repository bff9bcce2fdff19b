/**
 * SmoothGrad (Smilkov et al. 2017): the mean signed gradient over noisy copies of the picture, summed over each patch. The noise's
 * deviation is a share of the picture's range.
 */
import { add, concat, max, mul, neg, Random, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { pixelGradients, pixelsOf, sumOverPatches } from './pixels.ts';

/** [targets, patches] */
export function smoothGrad(view: View, targets: readonly Target[], from: From, samples: number, noise: number, seed: number): Tensor {
  const { backend } = view.vit;
  const random = new Random(seed);
  return tidy(backend, () => {
    const pixels = pixelsOf(view);
    const deviation = mul(add(max(pixels), max(neg(pixels))), noise);
    let total: Tensor | undefined;
    for (let i = 0; i < samples; i++) {
      const previous: Tensor | undefined = total;
      total = tidy(backend, () => {
        const noisy = add(pixels, mul(tensor(backend, random.normals(pixels.size), pixels.shape), deviation));
        const maps = concat(
          pixelGradients(view, noisy, targets, from).map((gradient) => sumOverPatches(view, gradient)),
          0,
        );
        return previous === undefined ? maps : add(previous, maps);
      });
      previous?.dispose();
    }
    return mul(total ?? pixels, 1 / samples);
  });
}
