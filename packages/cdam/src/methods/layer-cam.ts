/**
 * LayerCAM (Jiang et al. 2021) on the tokens T that enter the last attention: S_i = (Σ_j (∂f/∂T_ij)⁺·T_ij)⁺. Where HiResCAM takes gradients
 * of either sign, it takes only those by which the feature raises the target.
 */
import { concat, mul, relu, reshape, sum } from '@cdam/tensor';
import { patchGradients } from '../steps/last-block.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const layerCam: Method<'layer-cam', { from: From }> = defineMethod({
  name: 'layer-cam',
  summary: 'tokens times the positive part of their gradient at the last attention (LayerCAM)',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { tokens, gradients } = patchGradients(view, targets, from);
    const maps = gradients.map((gradient) => reshape(relu(sum(mul(relu(gradient), tokens), { axes: [2] })), [1, -1]));
    return concat(maps, 0);
  },
});
