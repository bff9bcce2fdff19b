/**
 * Partial LRP (Voita et al. 2019; for ViTs Chefer, Gur and Wolf, CVPR 2021): layer-wise relevance propagation from the class down to the
 * attention weights of the last block. The map is the class token's row of them, its positive part, mean over heads.
 *
 * The head reads the class token alone, so only the row of the class token has relevance. The rules are those of steps/relevance-rules.ts:
 * linear layers divide relevance by the rule α = 1, apart for positive and negative inputs, and sums in proportion to their terms.
 */
import { add, concat, matmul, mean, mul, relu, reshape, slice, tensor, transpose } from '@cdam/tensor';
import { classAttention } from '../closed-form/class-attention.ts';
import { checkHeadReadsClassToken } from '../steps/class-token-head.ts';
import { quotient, scaledWeight, throughLinear, throughSum, withoutResidual } from '../steps/relevance-rules.ts';
import { plainClass } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';

export const partialLrp: Method<'partial-lrp', Record<string, never>> = defineMethod({
  name: 'partial-lrp',
  summary: 'layer-wise relevance propagation down to the last attention (Voita et al. 2019)',
  needs: 'class-token row',
  cost: 'under 0.05',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'relevance',
  options: {},
  scores(view, targets) {
    const { vit, stream } = view;
    const { width, heads, classes, prefixTokens } = vit.config;
    checkHeadReadsClassToken(view, 'partial-lrp', 'relevance');
    const block = vit.lastBlock;
    const attention = classAttention(vit, view.tokens());
    const values = transpose(reshape(block.part('value', attention.tokens), [-1, heads, width / heads]), [1, 0, 2]);
    const mixed = reshape(attention.mixed, [1, width]);
    const before = reshape(slice(stream, 1, 0, 1), [1, width]);
    const projected = withoutResidual(block.proj, mixed);
    const attended = add(before, projected);
    const normalised = block.norm2(attended);
    const hidden = block.activate(block.expand(normalised));
    const added = withoutResidual(block.fc2, hidden);
    const latent = vit.finalNorm(add(attended, added));
    const maps = targets.map((target) => {
      const index = plainClass(target, 'partial-lrp', 'relevance speaks for a class');
      const oneHot = Float32Array.from({ length: classes }, (_, c) => (c === index ? 1 : 0));
      const ofLatent = throughLinear(latent, vit.weight('head.weight'), tensor(vit.backend, oneHot, [1, classes]));
      const [ofSkip2, ofMlp] = throughSum(attended, added, ofLatent);
      const ofHidden = throughLinear(hidden, scaledWeight(block.fc2), ofMlp);
      const ofAttended = add(ofSkip2, throughLinear(normalised, block.fc1.weight, ofHidden));
      const [, ofProjected] = throughSum(before, projected, ofAttended);
      const ofMixed = throughLinear(mixed, scaledWeight(block.proj), ofProjected);
      // The relevance of o = Σ_i a_i·v_i is divided equally between the attention weights a and the values v.
      const share = reshape(quotient(ofMixed, mixed), [heads, 1, -1]);
      const ofWeights = mul(attention.weights, mul(reshape(matmul(share, values, { transposeB: true }), [1, heads, -1]), 0.5));
      return mean(relu(ofWeights), { axes: [1] });
    });
    const all = concat(maps, 0);
    return slice(all, 1, prefixTokens, all.shape[1] ?? 0);
  },
});
