/**
 * From a target to its gradient: with respect to the latent z, u = ∂f/∂z, which is all that a map in closed form has to know of its
 * target; and with respect to any tensor that z was computed from, by the tape.
 */
import { broadcastTo, concat, gather, grad, mul, openTape, reshape, slice, sub, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import { hasLogOdds, logOddsGradients, probabilityGradients } from './classes.ts';
import { classIndexOf, type From, isLatentTarget, isOtherSide, type LatentTarget, type Target, versusOf } from './target.ts';

/**
 * u of each target, [batch, targets, size of a latent].
 *
 * @param latent [batch, ...]
 * @param from for class targets: what is explained of the class
 */
export function latentGradients(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From): Tensor {
  const classes = targets.flatMap((target) => (isLatentTarget(target) ? [] : [classIndexOf(target)]));
  if (classes.length === targets.length) {
    const signs = Float32Array.from(targets, (target) => (isOtherSide(target) ? -1 : 1));
    return tidy(vit.backend, () => {
      const others = targets.map((target, i) => versusOf(target) ?? classes[i] ?? 0);
      const own = gradientsOfClasses(vit, latent, classes, from);
      // A class that is held against none stays as it is.
      const held = Float32Array.from(targets, (target) => (versusOf(target) === undefined ? 0 : 1));
      const gradients = held.includes(1)
        ? sub(own, mul(gradientsOfClasses(vit, latent, others, from), tensor(vit.backend, held, [classes.length, 1])))
        : own;
      return targets.some(isOtherSide) ? mul(gradients, tensor(vit.backend, signs, [classes.length, 1])) : gradients;
    });
  }
  return tidy(vit.backend, () =>
    concat(
      targets.map((target) => (isLatentTarget(target) ? gradientsOfLatent(latent, target) : latentGradients(vit, latent, [target], from))),
      1,
    ),
  );
}

/**
 * ∂f/∂x of each target, x being tensors that the latent is computed from. One pass forward serves all targets. To be called inside of a
 * scope, which owns what the pass makes.
 *
 * @param watched where recording begins: nothing before it costs anything
 * @param forward computes the latent from it, and says which tensors to differentiate by
 * @returns a list of gradients for each target, one for each tensor
 */
export function gradientsOf(
  vit: VisionTransformer,
  targets: readonly Target[],
  from: From,
  watched: Tensor,
  forward: () => { latent: Tensor; by: readonly Tensor[] },
): Tensor[][] {
  using tape = openTape(vit.backend);
  tape.watch(watched);
  const { latent, by } = forward();
  // The same latent off the tape, for what targets compute from it.
  const leaf = latent.view(latent.shape);
  return targets.map((target) =>
    tidy(vit.backend, () => tape.gradient(latent, by, reshape(latentGradients(vit, leaf, [target], from), latent.shape))),
  );
}

/** A logit's gradient is its row W_c of the head. So is that of the log-odds where these are the logit. */
function gradientsOfClasses(vit: VisionTransformer, latent: Tensor, classes: readonly number[], from: From): Tensor {
  const [batch = 1] = latent.shape;
  return tidy(vit.backend, () => {
    const weight = vit.headWeight();
    if (from === 'log-odds' && hasLogOdds(vit.config)) return logOddsGradients(vit.classify(latent), weight, classes);
    if (from === 'probability') {
      checkHasProbabilities(vit);
      return probabilityGradients(vit.classify(latent), weight, classes, vit.config);
    }
    const rows = gather(weight, classes);
    return broadcastTo(rows, [batch, ...rows.shape]);
  });
}

function checkHasProbabilities({ config: { regression, name } }: VisionTransformer): void {
  if (regression) throw new ExplanationError('target', `${name}: outputs of a regression have no probability; explain them from the logit`);
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
