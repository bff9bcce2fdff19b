/**
 * Gradients of targets: with respect to the latent z, u = ∂f/∂z, from which the closed form makes a map, and with respect to any tensor
 * that z was computed from, by automatic differentiation.
 */
import { broadcastTo, concat, full, gather, grad, mul, openTape, reshape, slice, sub, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { ExplanationError } from '../errors.ts';
import { hasLogOdds, logOddsGradients, probabilityGradients } from './classes.ts';
import { classIndexOf, type From, isLatentTarget, isOtherSide, type LatentTarget, type Target, versusOf } from './target.ts';

/**
 * u = ∂f/∂z of each target, [batch, targets, size of a latent].
 *
 * @param latent z, [batch, ...]
 * @param from for targets that are classes: what of the class is explained
 * @throws ExplanationError `target` for a target of more than one number, or for the probability of a regression
 */
export function latentGradients(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From): Tensor {
  return combineRows(vit, latent, targets, from, () => vit.headWeight());
}

/**
 * The part of each target that is the bias of the head, [batch, targets, 1]: what `latentGradients` makes of the rows of the weight, made of the
 * numbers of the bias. So u·z plus it is the same combination of logits: the logit, or for log-odds the logit of the class less the mean of
 * the others, weighted by their shares. It is 0 for functions of the latent.
 */
export function headBiases(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From): Tensor {
  const bias = vit.weights['head.bias'];
  return tidy(vit.backend, () =>
    concat(
      targets.map((target) =>
        bias === undefined || isLatentTarget(target)
          ? full(vit.backend, [latent.shape[0] ?? 1, 1, 1], 0)
          : combineRows(vit, latent, [target], from, () => reshape(bias, [-1, 1])),
      ),
      1,
    ),
  );
}

/** Of each target ∂f/∂logits times rows, [batch, targets, n]; for functions of the latent their own gradient. @param rowsOf [classes, n] */
function combineRows(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From, rowsOf: () => Tensor): Tensor {
  const classes = targets.flatMap((target) => (isLatentTarget(target) ? [] : [classIndexOf(target)]));
  if (classes.length === targets.length) {
    const signs = Float32Array.from(targets, (target) => (isOtherSide(target) ? -1 : 1));
    return tidy(vit.backend, () => {
      const others = targets.map((target, i) => versusOf(target) ?? classes[i] ?? 0);
      const own = gradientsOfClasses(vit, latent, classes, from, rowsOf);
      // A class that is held against none stays as it is.
      const held = Float32Array.from(targets, (target) => (versusOf(target) === undefined ? 0 : 1));
      const gradients = held.includes(1)
        ? sub(own, mul(gradientsOfClasses(vit, latent, others, from, rowsOf), tensor(vit.backend, held, [classes.length, 1])))
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
 * ∂f/∂x of each target, where x are tensors that the latent is computed from. One forward pass serves all targets. Call it inside a
 * scope, which frees what the pass makes.
 *
 * @param watched the tensor at which recording begins; what was computed before it is not recorded
 * @param forward computes the latent from it, and says which tensors x are
 * @returns for each target a list of gradients, one for each tensor x
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
  // The same values in a tensor that is not on the tape: what targets compute from the latent is not recorded.
  const leaf = latent.view(latent.shape);
  return targets.map((target) =>
    tidy(vit.backend, () => tape.gradient(latent, by, reshape(latentGradients(vit, leaf, [target], from), latent.shape))),
  );
}

/** ∂f/∂z of classes. The gradient of a logit is its row W_c of the head; so is that of the log-odds where these are the logit. */
function gradientsOfClasses(vit: VisionTransformer, latent: Tensor, classes: readonly number[], from: From, rowsOf: () => Tensor): Tensor {
  const [batch = 1] = latent.shape;
  return tidy(vit.backend, () => {
    const weight = rowsOf();
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
