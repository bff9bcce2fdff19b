/**
 * Grad-CAM++ (Chattopadhay et al. 2018) on the tokens T that enter the last attention: S_i = (Σ_j w_j·T_ij)⁺ with w_j = Σ_i α_ij·(g_ij)⁺,
 * where g = ∂f/∂T. The paper explains exp(f), for which its equation 19 gives α without second derivatives:
 *
 *     α_ij = g_ij² / (2·g_ij² + g_ij³·Σ_k T_kj + ε)
 *
 * with sums over the patches. ε is 1e-6, as the library pytorch-grad-cam has it. It is not negligible beside g² where gradients are around
 * 1e-3 or less: there α falls towards zero, and the map is not in proportion to the target. Tokens after a norm have either sign, unlike
 * the activations behind a ReLU that the formula was made for, so the divisor can vanish; near such a feature its weight is large.
 */
import { add, concat, div, mul, relu, sum, type Tensor } from '@cdam/tensor';
import { patchGradients } from '../steps/last-block.ts';
import type { From } from '../targets/target.ts';
import { weightedTokens } from './grad-cam.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

/** ε of the formula above. */
const EPSILON = 1e-6;

export const gradCamPlusPlus: Method<'grad-cam-plus-plus', { from: From }> = defineMethod({
  name: 'grad-cam-plus-plus',
  summary: 'Grad-CAM whose mean gives positive gradients their own weights (Chattopadhay et al. 2018)',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'none',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { tokens, gradients } = patchGradients(view, targets, from);
    const sums = sum(tokens, { axes: [1], keepDims: true });
    const maps = gradients.map((gradient) =>
      weightedTokens(tokens, sum(mul(relu(gradient), alpha(gradient, sums)), { axes: [1], keepDims: true })),
    );
    return concat(maps, 0);
  },
});

/** α, in the shape of the gradient, [1, patches, width]. It is 0 where the gradient is. @param sums Σ_k T_kj, [1, 1, width] */
function alpha(gradient: Tensor, sums: Tensor): Tensor {
  const squared = mul(gradient, gradient);
  return div(squared, add(mul(squared, add(mul(gradient, sums), 2)), EPSILON));
}
