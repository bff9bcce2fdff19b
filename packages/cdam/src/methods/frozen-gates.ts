/**
 * Frozen gates: how much of the target came by way of each patch, if the attention weights, the 1/σ of each norm and the gate of each
 * activation are held constant while the gradient goes back (Ali et al. 2022, arXiv 2202.07304; the rule `frozen-gates` of the tape). Then the
 * model is linear, and at the input of any block the products of tokens and their gradients add up to the target, but for biases. The score
 * is the mean of that product over the inputs of all blocks.
 */
import { concat, mul, reshape, slice, sum, type Tensor } from '@cdam/tensor';
import { gradientsOf } from '../targets/gradients.ts';
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
    const { vit } = view;
    const embedded = vit.embed(view.input());
    let streams: Tensor[] = [];
    const gradients = gradientsOf(vit, targets, from, embedded, () => {
      streams = [embedded];
      for (const block of vit.blocks.slice(0, -1)) streams.push(block.run(streams.at(-1) ?? embedded));
      return { latent: vit.readout(streams.at(-1) ?? embedded), underFrozenGates: streams };
    });
    return concat(
      gradients.map(({ underFrozenGates }) => meanProduct(streams, underFrozenGates, vit.config.prefixTokens)),
      0,
    );
  },
});

/** The mean over the blocks of Σ_j x_ij·g_ij, for the patches: [1, patches]. */
export function meanProduct(streams: readonly Tensor[], gradients: readonly Tensor[], prefixTokens: number): Tensor {
  const products = streams.map((stream, block) => sum(mul(stream, gradients[block] ?? 0), { axes: [2] }));
  const mean = mul(sum(concat(products, 0), { axes: [0], keepDims: true }), 1 / streams.length);
  return reshape(slice(mean, 1, prefixTokens, mean.shape[1] ?? 0), [1, -1]);
}
