/**
 * Partial LRP (Voita et al. 2019, as Chefer, Gur and Wolf carried it to ViTs, CVPR 2021): layer-wise relevance propagation from the
 * class down to the attention weights of the last block; positive part, mean over heads, the class token's row.
 *
 * The head reads the class token alone, so only its row carries relevance. A linear layer y = W·x passes the relevance R of its
 * outputs back by the rule α = 1: the terms x⁺·W⁺ and the terms x⁻·W⁻ each share R in proportion, biases left aside. A sum shares R
 * in proportion to its terms. Norms and activations pass it on unchanged. LayerScale counts as part of the layer before it.
 */
import {
  activate,
  add,
  concat,
  div,
  linear,
  matmul,
  mean,
  mul,
  neg,
  relu,
  reshape,
  slice,
  sub,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from '@cdam/tensor';
import { classAttention, qkvBias, qkvWeight, readsClassTokenAlone } from '../class-attention.ts';
import { ExplanationError } from '../errors.ts';
import { isLatentTarget, isOtherSide, type Target } from '../target-gradients.ts';
import type { View } from '../view.ts';

/** Keeps quotients finite where the divisor vanishes. */
const TINY = 1e-9;

/** [targets, patches] */
export function partialLrp(view: View, targets: readonly Target[]): Tensor {
  const { vit, tokens: stream } = view;
  const { depth, width, heads, classes, prefixTokens, activation } = vit.config;
  if (!readsClassTokenAlone(vit))
    throw new ExplanationError('method', 'partial-lrp: the head reads more than the class token, which the method does not know');
  const block = `blocks.${depth - 1}`;
  return tidy(vit.backend, () => {
    const attention = classAttention(vit, vit.norm1(depth - 1, stream));
    const values = transpose(
      reshape(linear(attention.tokens, qkvWeight(vit, 'value'), qkvBias(vit, 'value')), [-1, heads, width / heads]),
      [1, 0, 2],
    );
    const mixed = reshape(attention.mixed, [1, width]);
    const before = reshape(slice(stream, 1, 0, 1), [1, width]);
    const projected = linear(mixed, scaledWeight(view, 'attn.proj', 'ls1'), scaledBias(view, 'attn.proj', 'ls1'));
    const attended = add(before, projected);
    const normalised = vit.norm(`${block}.norm2`, attended);
    const hidden = activate(linear(normalised, vit.weight(`${block}.mlp.fc1.weight`), vit.weights[`${block}.mlp.fc1.bias`]), activation);
    const added = linear(hidden, scaledWeight(view, 'mlp.fc2', 'ls2'), scaledBias(view, 'mlp.fc2', 'ls2'));
    const latent = vit.norm(vit.config.finalNorm, add(attended, added));
    const maps = targets.map((target) => {
      if (isLatentTarget(target))
        throw new ExplanationError('target', `partial-lrp: "${target.name}" is no class; relevance starts at a class`);
      if (isOtherSide(target))
        throw new ExplanationError('target', 'partial-lrp: relevance speaks for a class; it has no map of what speaks for the other side');
      const oneHot = Float32Array.from({ length: classes }, (_, c) => (c === (typeof target === 'number' ? target : target.index) ? 1 : 0));
      const ofLatent = throughLinear(latent, vit.weight('head.weight'), tensor(vit.backend, oneHot, [1, classes]));
      const [ofSkip2, ofMlp] = throughSum(attended, added, ofLatent);
      const ofHidden = throughLinear(hidden, scaledWeight(view, 'mlp.fc2', 'ls2'), ofMlp);
      const ofAttended = add(ofSkip2, throughLinear(normalised, vit.weight(`${block}.mlp.fc1.weight`), ofHidden));
      const [, ofProjected] = throughSum(before, projected, ofAttended);
      const ofMixed = throughLinear(mixed, scaledWeight(view, 'attn.proj', 'ls1'), ofProjected);
      // o = Σ_i a_i·v_i shares its relevance between attention and values; half is the attention's.
      const share = reshape(quotient(ofMixed, mixed), [heads, 1, -1]);
      const ofWeights = mul(attention.weights, mul(reshape(matmul(share, values, { transposeB: true }), [1, heads, -1]), 0.5));
      return mean(relu(ofWeights), { axes: [1] });
    });
    const all = concat(maps, 0);
    return slice(all, 1, prefixTokens, all.shape[1] ?? 0);
  });
}

function scaledWeight({ vit }: View, layer: string, layerScale: string): Tensor {
  const block = `blocks.${vit.config.depth - 1}`;
  const weight = vit.weight(`${block}.${layer}.weight`);
  const scale = vit.weights[`${block}.${layerScale}.gamma`];
  return scale === undefined ? weight : mul(weight, reshape(scale, [-1, 1]));
}

function scaledBias({ vit }: View, layer: string, layerScale: string): Tensor | undefined {
  const block = `blocks.${vit.config.depth - 1}`;
  const bias = vit.weights[`${block}.${layer}.bias`];
  const scale = vit.weights[`${block}.${layerScale}.gamma`];
  return bias === undefined || scale === undefined ? bias : mul(bias, scale);
}

/** The relevance of x [1, in], from that of W·x [1, out]. */
function throughLinear(x: Tensor, weight: Tensor, relevance: Tensor): Tensor {
  const part = (inputs: Tensor, weights: Tensor): Tensor => mul(inputs, matmul(quotient(relevance, linear(inputs, weights)), weights));
  return add(part(relu(x), relu(weight)), part(negativePart(x), negativePart(weight)));
}

function throughSum(a: Tensor, b: Tensor, relevance: Tensor): [Tensor, Tensor] {
  const share = quotient(relevance, add(a, b));
  return [mul(a, share), mul(b, share)];
}

function negativePart(x: Tensor): Tensor {
  return neg(relu(neg(x)));
}

/** a / b, with b moved away from zero by TINY in its own direction. */
function quotient(a: Tensor, b: Tensor): Tensor {
  return div(a, add(b, sub(TINY, mul(2 * TINY, isNegative(b)))));
}

/** 1 where x < 0, else 0. */
function isNegative(x: Tensor): Tensor {
  return div(relu(neg(x)), add(relu(neg(x)), 1e-30));
}
