/**
 * Grad-CAM (Selvaraju et al. 2017) and HiResCAM (Draelos and Carin 2020) on the tokens that enter the last attention: feature j of
 * the tokens weighted by its mean gradient over the patches, or by the gradient at each token; positive part.
 */
import { concat, mean, mul, relu, reshape, slice, sum, type Tensor, tidy } from '@cdam/tensor';
import { tokenGradients } from '../last-block.ts';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';

/** [targets, patches]. HiResCAM is the positive part of CDAM. */
export function gradCam(view: View, targets: readonly Target[], from: From, weighting: 'mean' | 'each'): Tensor {
  const { vit, tokens: stream } = view;
  const { depth, prefixTokens } = vit.config;
  return tidy(vit.backend, () => {
    const tokens = vit.norm1(depth - 1, stream);
    const patchesOf = (x: Tensor): Tensor => slice(x, 1, prefixTokens, x.shape[1] ?? 0);
    const maps = tokenGradients(vit, stream, tokens, targets, from).map((gradient) => {
      const ofPatches = patchesOf(gradient);
      const weights = weighting === 'mean' ? mean(ofPatches, { axes: [1], keepDims: true }) : ofPatches;
      return reshape(relu(sum(mul(patchesOf(tokens), weights), { axes: [2] })), [1, -1]);
    });
    return concat(maps, 0);
  });
}
