/**
 * From a target to its gradient with respect to the latent z, u = ∂f/∂z: all that a map has to know of its target.
 */
import {
  broadcastTo,
  concat,
  gather,
  grad,
  matmul,
  mul,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { ExplanationError } from './errors.ts';
import { classesAreIndependent } from './predictions.ts';
import type { ClassTarget, From } from './token-map.ts';

/** A number to explain that is no class: any function of the latent, computed with tensor operations. */
export interface LatentTarget {
  /** What kind of target it is, for people; `latent` by default. */
  readonly kind?: 'latent' | 'concept';
  readonly name: string;
  /** @param latent [1, width], what the head reads. @returns a tensor of one element */
  readonly score: (latent: Tensor) => Tensor;
}

/** A class by its index or as `resolveTargets` found it, or a function of the latent. */
export type Target = number | ClassTarget | LatentTarget;

export function isLatentTarget(target: Target): target is LatentTarget {
  return typeof target === 'object' && 'score' in target;
}

/** True for the other side of a class. Its gradient, of −logit or of 1 − probability, is that of the class with the sign turned. */
export function isOtherSide(target: Target): boolean {
  return typeof target === 'object' && 'against' in target && target.against === true;
}

/**
 * u of each target, [batch, targets, size of a latent].
 *
 * @param latent [batch, ...]
 * @param from for class targets: the logit or the probability
 */
export function gradientsOf(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From): Tensor {
  const classes = targets.flatMap((target) => (isLatentTarget(target) ? [] : [typeof target === 'number' ? target : target.index]));
  if (classes.length === targets.length) {
    const signs = Float32Array.from(targets, (target) => (isOtherSide(target) ? -1 : 1));
    return tidy(vit.backend, () => {
      const gradients = gradientsOfClasses(vit, latent, classes, from);
      return targets.some(isOtherSide) ? mul(gradients, tensor(vit.backend, signs, [classes.length, 1])) : gradients;
    });
  }
  return tidy(vit.backend, () =>
    concat(
      targets.map((target) => (isLatentTarget(target) ? gradientsOfLatent(latent, target) : gradientsOf(vit, latent, [target], from))),
      1,
    ),
  );
}

/**
 * A logit's gradient is its row W_c of the head. A probability's is p_c·(W_c − Σ_k p_k·W_k) where classes exclude each other
 * (softmax), and p_c·(1 − p_c)·W_c where they are independent (sigmoid).
 */
function gradientsOfClasses(vit: VisionTransformer, latent: Tensor, classes: readonly number[], from: From): Tensor {
  const [batch = 1] = latent.shape;
  return tidy(vit.backend, () => {
    const weights = headWeights(vit);
    const rows = gather(weights, classes);
    if (from === 'logit') return broadcastTo(rows, [batch, ...rows.shape]);
    if (vit.config.regression)
      throw new ExplanationError('target', `${vit.config.name}: outputs of a regression have no probability; explain them from the logit`);
    const logits = vit.classify(latent);
    const independent = classesAreIndependent(vit.config);
    const probabilities = independent ? sigmoid(logits) : softmax(logits);
    const chosen = reshape(transpose(gather(transpose(probabilities), classes)), [batch, classes.length, 1]);
    if (independent) return mul(mul(chosen, sub(1, chosen)), rows);
    const expected = reshape(matmul(probabilities, weights), [batch, 1, -1]);
    return mul(chosen, sub(rows, expected));
  });
}

/** ∂logits/∂z, [classes, size of a latent]. Where two heads read two tokens, the logits are their mean. */
function headWeights(vit: VisionTransformer): Tensor {
  const weight = vit.weight('head.weight');
  return vit.config.distilledHead ? mul(concat([weight, vit.weight('head_dist.weight')], 1), 0.5) : weight;
}

function gradientsOfLatent(latent: Tensor, { name, score }: LatentTarget): Tensor {
  const [batch = 1] = latent.shape;
  return tidy(latent.backend, () => {
    const gradients = Array.from({ length: batch }, (_, i) => {
      const one = slice(latent, 0, i, i + 1);
      const value = score(one);
      if (value.size !== 1) {
        throw new ExplanationError(
          'target',
          `cdam: the target "${name}" gives ${value.size} numbers; a target is a single number, so sum them or pick one`,
        );
      }
      return reshape(grad(score, one), [1, 1, one.size]);
    });
    return concat(gradients, 0);
  });
}
