/**
 * Grad-CAM (Selvaraju et al. 2017) on the tokens T that enter the last attention: S_i = (Σ_j w_j·T_ij)⁺, where w_j is the mean of
 * ∂f/∂T_ij over the patches i.
 */
import { concat, mean, mul, relu, reshape, sum, type Tensor } from '@cdam/tensor';
import { patchGradients } from '../steps/last-block.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const gradCam: Method<'grad-cam', { from: From }> = defineMethod({
  name: 'grad-cam',
  summary: 'tokens weighted by their mean gradient at the last attention, positive part',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'target',
  options: { from: FROM },
  scores: (view, targets, { from }) => gradCamMaps(view, targets, from),
});

/** The maps of targets, [targets, patches]. */
export function gradCamMaps(view: View, targets: readonly Target[], from: From): Tensor {
  const { tokens, gradients } = patchGradients(view, targets, from);
  const maps = gradients.map((gradient) => weightedTokens(tokens, mean(gradient, { axes: [1], keepDims: true })));
  return concat(maps, 0);
}

/**
 * The positive part of a weighted sum of the features of each token, [1, patches].
 *
 * @param tokens [1, patches, width]
 * @param weights [1, 1, width]
 */
export function weightedTokens(tokens: Tensor, weights: Tensor): Tensor {
  return reshape(relu(sum(mul(tokens, weights), { axes: [2] })), [1, -1]);
}
