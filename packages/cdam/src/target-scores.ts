/**
 * The numbers that targets stand for: f itself, where maps are made of its gradient.
 */
import { concat, gather, neg, reshape, sigmoid, slice, softmax, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { classesAreIndependent } from './predictions.ts';
import { isLatentTarget, isOtherSide, type Target } from './target-gradients.ts';
import type { From } from './token-map.ts';

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
        const scores = gather(classScores, [typeof target === 'number' ? target : target.index]);
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
  if (from === 'logit') return logits;
  return classesAreIndependent(vit.config) ? sigmoid(logits) : softmax(logits);
}
