/**
 * Class-discriminative attention maps (Brocki, Binda and Chung, TMLR 2024).
 *
 * Let T be the tokens that enter the last attention (the output of norm1 in the last block) and f the target. The score of patch i is
 * S_i = Σ_j T_ij · ∂f/∂T_ij. It is positive where the patch speaks for the target and negative where it speaks against it.
 */
import { reshape } from '@cdam/tensor';
import { lastBlockMaps, type Route, routeFor } from '../steps/last-block.ts';
import { latentGradients } from '../targets/gradients.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM, oneOf, optional } from './options.ts';

export const cdam: Method<'cdam', { from: From; route: Route | undefined }> = defineMethod({
  name: 'cdam',
  summary: 'class-discriminative attention map: token times gradient at the last attention',
  needs: 'class-token row',
  cost: 'under 0.01',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    route: optional(oneOf(['closed-form', 'autodiff'], 'how to compute; by default the closed form where it holds')),
  },
  scores(view, targets, { from, route }) {
    const { vit, stream } = view;
    const scores =
      routeFor(vit, route) === 'autodiff'
        ? lastBlockMaps(vit, { stream }, targets, from, 'autodiff')
        : view.classRow.maps(latentGradients(vit, view.classRow.latent, targets, from));
    return reshape(scores, [targets.length, -1]);
  },
});
