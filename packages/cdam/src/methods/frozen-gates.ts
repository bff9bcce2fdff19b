/**
 * Frozen gates: how much of the target came by way of each patch, if the attention weights, the 1/σ of each norm and the gate of each
 * activation are held constant while the gradient goes back (Ali et al. 2022, arXiv 2202.07304; the rule `frozen-gates` of the tape). Then the
 * model is linear, and at the input of any block the products of tokens and their gradients add up to the target, but for biases. The score
 * is the mean of that product over the inputs of all blocks.
 */
import { add, concat, mul, slice, sum, type Tensor } from '@cdam/tensor';
import { passGradients } from '../steps/pass-gradients.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const frozenGates: Method<'frozen-gates', { from: From }> = defineMethod({
  name: 'frozen-gates',
  summary: 'token times gradient at every block, with attention, norms and gates held constant',
  needs: 'all blocks',
  cost: 'about 1',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { streams } = view.pass;
    const gradients = passGradients(view, targets, from, streams, 'frozen-gates');
    return concat(
      gradients.map((ofTarget) => meanProduct(streams, ofTarget, view.vit.config.prefixTokens)),
      0,
    );
  },
});

/** The mean over the blocks of Σ_j x_ij·g_ij, for the patches: [1, patches]. */
export function meanProduct(streams: readonly Tensor[], gradients: readonly Tensor[], prefixTokens: number): Tensor {
  const total = sum(addUp(streams.map((stream, block) => mul(stream, gradients[block] ?? 0))), { axes: [2] });
  return mul(slice(total, 1, prefixTokens, total.shape[1] ?? 0), 1 / streams.length);
}

/** The sum of tensors of one shape. */
export function addUp(tensors: readonly Tensor[]): Tensor {
  return tensors.reduce((total, tensor) => add(total, tensor));
}
