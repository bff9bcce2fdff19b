/**
 * Grad-CAM (Selvaraju et al. 2017) on the tokens T that enter the last attention: S_i = (Σ_j w_j·T_ij)⁺, where w_j is the mean of
 * ∂f/∂T_ij over the patches i.
 */
import { concat, mean, mul, relu, reshape, slice, sum, type Tensor } from '@cdam/tensor';
import { tokenGradients } from '../steps/last-block.ts';
import type { From } from '../targets/target.ts';
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
  scores(view, targets, { from }) {
    const { vit, stream } = view;
    const tokens = view.tokens();
    const patchesOf = (x: Tensor): Tensor => slice(x, 1, vit.config.prefixTokens, x.shape[1] ?? 0);
    const maps = tokenGradients(vit, stream, tokens, targets, from).map((gradient) => {
      const weights = mean(patchesOf(gradient), { axes: [1], keepDims: true });
      return reshape(relu(sum(mul(patchesOf(tokens), weights), { axes: [2] })), [1, -1]);
    });
    return concat(maps, 0);
  },
});
