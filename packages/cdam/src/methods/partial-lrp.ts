/**
 * Partial LRP (Voita et al. 2019; for ViTs Chefer, Gur and Wolf, CVPR 2021): layer-wise relevance propagation from the class down to the
 * attention weights of the last block. The map is the class token's row of them, its positive part, mean over heads.
 *
 * The head reads the class token alone, so only the row of the class token has relevance. A linear layer y = W·x passes the relevance R of
 * its outputs back by the rule α = 1: R is divided among the terms x⁺·W⁺ in proportion to their sizes, and R is divided in the same way
 * among the terms x⁻·W⁻; biases are ignored. A sum divides R in proportion to its terms. Norms and activations pass R on unchanged.
 * LayerScale is part of the layer before it.
 */
import { add, concat, div, linear, matmul, mean, mul, neg, relu, reshape, slice, sub, type Tensor, tensor, transpose } from '@cdam/tensor';
import type { Layer } from '@cdam/vit';
import { classAttention, readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ExplanationError } from '../errors.ts';
import { classIndexOf, isLatentTarget, isOtherSide, type Target } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';

/** Keeps quotients finite where the divisor is zero. */
const TINY = 1e-9;

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
    if (!readsClassTokenAlone(vit))
      throw new ExplanationError(
        'method',
        'partial-lrp: the head reads more than the class token, which this method does not support; take another one',
      );
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
      const index = classOf(target);
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

function classOf(target: Target): number {
  if (isLatentTarget(target))
    throw new ExplanationError('target', `partial-lrp: "${target.name}" is not a class; relevance starts at a class`);
  if (isOtherSide(target))
    throw new ExplanationError('target', 'partial-lrp: relevance speaks for a class; there is no map of the other side of a class');
  return classIndexOf(target);
}

/** The output of a layer, before it is added to the residual stream. */
function withoutResidual({ weight, bias, scale }: Layer, x: Tensor): Tensor {
  return linear(x, weight, bias, { scale });
}

/** The weight of a layer with its LayerScale. */
function scaledWeight({ weight, scale }: Layer): Tensor {
  return scale === undefined ? weight : mul(weight, reshape(scale, [-1, 1]));
}

/** The relevance of x [1, in], from that of W·x [1, out]. */
function throughLinear(x: Tensor, weight: Tensor, relevance: Tensor): Tensor {
  const part = (inputs: Tensor, weights: Tensor): Tensor => mul(inputs, matmul(quotient(relevance, linear(inputs, weights)), weights));
  return add(part(relu(x), relu(weight)), part(negativePart(x), negativePart(weight)));
}

/** The relevance of a and of b, from that of a + b. */
function throughSum(a: Tensor, b: Tensor, relevance: Tensor): [Tensor, Tensor] {
  const share = quotient(relevance, add(a, b));
  return [mul(a, share), mul(b, share)];
}

function negativePart(x: Tensor): Tensor {
  return neg(relu(neg(x)));
}

/** a / b, where TINY with the sign of b is added to b. */
function quotient(a: Tensor, b: Tensor): Tensor {
  return div(a, add(b, sub(TINY, mul(2 * TINY, isNegative(b)))));
}

/** 1 where x < 0, else 0. */
function isNegative(x: Tensor): Tensor {
  return div(relu(neg(x)), add(relu(neg(x)), 1e-30));
}
