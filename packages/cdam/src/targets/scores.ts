/**
 * The values of targets: f itself, where maps are made from the gradient of f.
 */
import { concat, gather, neg, reshape, slice, sub, type Tensor, tidy, transpose } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { hasLogOdds, logOdds, type Prediction, probabilities } from './classes.ts';
import { classIndexOf, type From, isLatentTarget, isOtherSide, type MapTarget, type Target, versusOf } from './target.ts';

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
    const ofClass = targets.every(isLatentTarget) ? () => latent : classScoresOf(vit, latent, from);
    const ofTarget = (target: Target): Tensor => {
      if (isLatentTarget(target)) {
        const values = Array.from({ length: batch }, (_, i) => reshape(target.score(slice(latent, 0, i, i + 1)), [1, 1]));
        return concat(values, 1);
      }
      const [scores, other] = [ofClass(classIndexOf(target)), versusOf(target)];
      if (other !== undefined) return sub(scores, ofClass(other));
      return isOtherSide(target) ? neg(scores) : scores;
    };
    return concat(targets.map(ofTarget), 0);
  });
}

/** Logit, probability or log-odds of a class by its index, [1, batch]. */
function classScoresOf(vit: VisionTransformer, latent: Tensor, from: From): (index: number) => Tensor {
  const logits = vit.classify(latent);
  if (from === 'log-odds' && hasLogOdds(vit.config)) return (index) => logOdds(logits, index);
  const byClass = transpose(from === 'probability' ? probabilities(logits, vit.config) : logits);
  return (index) => gather(byClass, [index]);
}

/**
 * The prediction for the class that a map is about, under the label of the map; for the other side, −logit and 1 − probability. Undefined
 * for other targets.
 */
export function predictionOf(target: MapTarget | undefined, predictions: readonly Prediction[]): Prediction | undefined {
  if (target?.kind !== 'class') return undefined;
  const found = predictions.find(({ index }) => index === target.index);
  if (found === undefined || (target.against !== true && target.versus === undefined)) return found;
  const { index, logit, probability } = found;
  return target.against === true
    ? { index, label: target.label, logit: -logit, probability: 1 - probability }
    : { index, label: target.label, logit, probability };
}
