/**
 * The values of targets: f itself, where maps are made from the gradient of f.
 */
import { concat, gather, neg, reshape, slice, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { type Prediction, probabilities } from './classes.ts';
import { classIndexOf, type From, isLatentTarget, isOtherSide, type MapTarget, type Target } from './target.ts';

/**
 * f of each target for a batch of latents.
 *
 * @param latent what the head reads, [batch, ...]
 * @param from for targets that are classes: the logit or the probability. For the other side of a class it is −logit, or −p instead of
 *   1 − p: only differences of these scores are used
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

/** The prediction for the class that a map is about; for the other side, −logit and 1 − probability. Undefined for other targets. */
export function predictionOf(target: MapTarget | undefined, predictions: readonly Prediction[]): Prediction | undefined {
  if (target?.kind !== 'class') return undefined;
  const found = predictions.find(({ index }) => index === target.index);
  return found === undefined || target.against !== true
    ? found
    : { index: found.index, label: target.label, logit: -found.logit, probability: 1 - found.probability };
}
