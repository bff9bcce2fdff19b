/**
 * The rules of layer-wise relevance propagation (Bach et al. 2015) that methods share: how the relevance R of a result is divided among
 * what it was computed from. Norms and activations pass R on unchanged, and LayerScale is part of the layer before it.
 */
import { add, div, linear, matmul, mul, neg, relu, reshape, sub, sum, type Tensor } from '@cdam/tensor';
import type { Layer } from '@cdam/vit';

/** Keeps quotients finite where the divisor is zero. */
const TINY = 1e-9;

/** The output of a layer, before it is added to the residual stream. */
export function withoutResidual({ weight, bias, scale }: Layer, x: Tensor): Tensor {
  return linear(x, weight, bias, { scale });
}

/** The weight of a layer with its LayerScale. */
export function scaledWeight({ weight, scale }: Layer): Tensor {
  return scale === undefined ? weight : mul(weight, reshape(scale, [-1, 1]));
}

/**
 * The relevance of x, from that of W·x, by the rule α = 1: R is divided among the terms x⁺·W⁺ in proportion to their sizes, and R is
 * divided in the same way among the terms x⁻·W⁻; biases are ignored. So R comes out twice.
 *
 * @param x [rows, in]
 * @param relevance [rows, out]
 */
export function throughLinear(x: Tensor, weight: Tensor, relevance: Tensor): Tensor {
  const part = (inputs: Tensor, weights: Tensor): Tensor => mul(inputs, matmul(quotient(relevance, linear(inputs, weights)), weights));
  return add(part(relu(x), relu(weight)), part(negativePart(x), negativePart(weight)));
}

/**
 * The relevance of x, from that of W·x, by the rule α = 1 in one piece: R is divided among all terms x⁺·W⁺ and x⁻·W⁻ together, none of
 * which is negative, in proportion to their sizes; biases are ignored.
 *
 * @param x [1, rows, in]
 * @param relevance of each target, [targets, rows, out]
 * @returns [targets, rows, in]
 */
export function throughLinearJointly(x: Tensor, weight: Tensor, relevance: Tensor): Tensor {
  const [positive, negative] = [relu(x), negativePart(x)];
  const [raising, lowering] = [relu(weight), negativePart(weight)];
  const whole = linear(negative, lowering, undefined, { residual: linear(positive, raising) });
  const share = div(relevance, add(whole, TINY));
  return add(mul(positive, matmul(share, raising)), mul(negative, matmul(share, lowering)));
}

/** The relevance of a and of b, from that of a + b: R in proportion to the two terms of each element. */
export function throughSum(a: Tensor, b: Tensor, relevance: Tensor): [Tensor, Tensor] {
  const share = quotient(relevance, add(a, b));
  return [mul(a, share), mul(b, share)];
}

/**
 * As `throughSum`, and then each of the two is brought to a sum of its own: |Σ| of each as a share of both, of the whole relevance of the
 * target. Where a and b nearly cancel their relevances are large and opposite, and this keeps them from growing from block to block (Chefer
 * et al., CVPR 2021).
 *
 * @param a [1, rows, width], as b
 * @param relevance of each target, [targets, rows, width]
 */
export function throughSumConserving(a: Tensor, b: Tensor, relevance: Tensor): [Tensor, Tensor] {
  const total = (x: Tensor): Tensor => sum(x, { axes: [1, 2], keepDims: true });
  const [ofA, ofB] = throughSum(a, b, relevance);
  const [sumA, sumB] = [total(ofA), total(ofB)];
  const perUnit = quotient(total(relevance), add(magnitude(sumA), magnitude(sumB)));
  const conserved = (part: Tensor, itsSum: Tensor): Tensor => mul(part, mul(perUnit, quotient(magnitude(itsSum), itsSum)));
  return [conserved(ofA, sumA), conserved(ofB, sumB)];
}

/** a / b, where TINY with the sign of b is added to b. */
export function quotient(a: Tensor, b: Tensor): Tensor {
  return div(a, add(b, sub(TINY, mul(2 * TINY, isNegative(b)))));
}

function negativePart(x: Tensor): Tensor {
  return neg(relu(neg(x)));
}

function magnitude(x: Tensor): Tensor {
  return add(relu(x), relu(neg(x)));
}

/** 1 where x < 0, else 0. */
function isNegative(x: Tensor): Tensor {
  return div(relu(neg(x)), add(relu(neg(x)), 1e-30));
}
