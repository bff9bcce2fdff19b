/**
 * The numbers that targets stand for: f itself, where maps are made of its gradient.
 */
import { concat, gather, neg, reshape, slice, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { type Prediction, probabilities } from './classes.ts';
import { classIndexOf, type From, isLatentTarget, isOtherSide, type MapTarget, type Target } from './target.ts';

/**
 * f of each target for a batch of latents.
 *
 * @param latent what the head reads, [batch, ...]
 * @param from for class targets: the logit or the probability. That of the other side of a class is −p, which is 1 − p but for the 1
 * @returns [targets, batch]
 */
export function scoresOf(vit: VisionTransformer, latent: Tensor, targets: readonly Target[], from: From): Tensor {
  const [batch = 1] = latent.shape;
  return tidy(vit.backend, () => {
    const classScores = targets.every(isLatentTarget) ? undefined : transpose(classScoresOf(vit, latent, from));
    const ofTarget = (target: Target): Tensor => {
      if (!isLatentTarget(target)) {
        if (classScores === undefined) throw new TypeError('scoresOf: there are no scores of classes');
        const scores = gather(classScores, [classIndexOf(target)]);
        return isOtherSide(target) ? neg(scores) : scores;
      }
      const values = Array.from({ length: batch }, (_, i) => reshape(target.score(slice(latent, 0, i, i + 1)), [1, 1]));
      return concat(values, 1);
    };
    return concat(targets.map(ofTarget), 0);
  });
}

/** Logits or probabilities, [batch, classes]. */
function classScoresOf(vit: VisionTransformer, latent: Tensor, from: From): Tensor {
  const logits = vit.classify(latent);
  return from === 'logit' ? logits : probabilities(logits, vit.config);
}

/** What the model says of a map's target: of the other side of a class, −logit and 1 − probability. Undefined where it is no class. */
export function predictionOf(target: MapTarget | undefined, predictions: readonly Prediction[]): Prediction | undefined {
  if (target?.kind !== 'class') return undefined;
  const found = predictions.find(({ index }) => index === target.index);
  return found === undefined || target.against !== true
    ? found
    : { index: found.index, label: target.label, logit: -found.logit, probability: 1 - found.probability };
}
