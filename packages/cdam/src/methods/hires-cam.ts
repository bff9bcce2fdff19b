/**
 * HiResCAM (Draelos and Carin 2020) on the tokens T that enter the last attention: S_i = (Σ_j T_ij·∂f/∂T_ij)⁺. That is the positive part
 * of CDAM.
 */
import { relu, reshape } from '@cdam/tensor';
import { lastBlockMaps } from '../steps/last-block.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const hiResCam: Method<'hires-cam', { from: From }> = defineMethod({
  name: 'hires-cam',
  summary: 'the positive part of CDAM (HiResCAM)',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'target',
  options: { from: FROM },
  scores: ({ vit, stream }, targets, { from }) =>
    reshape(relu(lastBlockMaps(vit, { stream }, targets, from, 'autodiff')), [targets.length, -1]),
});
