/**
 * Finer-CAM (Zhang et al., CVPR 2025): Grad-CAM of what sets a class apart from the classes most like it, y_c − γ·mean of y_k over the n
 * classes k whose logits are nearest to that of c. γ = 0 is Grad-CAM of the logit.
 *
 * γ = 0.6 and n = 3 are the values with which the authors aggregate. Their published code has two such targets: this one, the plain mean
 * over the classes k, and a later one in which each is weighted by its probability and the gradient goes through these weights too.
 */
import { add, equal, matmul, max, mul, neg, relu, reshape, sub, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { type LatentTarget, plainClass } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { gradCamMaps } from './grad-cam.ts';
import { defineMethod, type Method } from './method.ts';
import { share, wholeNumber } from './options.ts';

/** Farther than any two logits, for a class that is not to be found again. */
const FAR = 1e30;

export const finerCam: Method<'finer-cam', { gamma: number; similar: number }> = defineMethod({
  name: 'finer-cam',
  summary: 'Grad-CAM of what sets a class apart from the classes most like it (Zhang et al., CVPR 2025)',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'target',
  options: {
    gamma: share(0.6, 'how much of the mean logit of the similar classes is taken off'),
    similar: wholeNumber(1, 3, 'how many classes are taken as similar: those of the nearest logits, or all others where there are fewer'),
  },
  scores(view, targets, { gamma, similar }) {
    const { classes, regression } = view.vit.config;
    if (regression || classes < 2) {
      const found = regression ? 'the outputs are numbers and not classes' : `the head has ${classes === 1 ? 'one class' : 'no classes'}`;
      throw new ExplanationError('method', `finer-cam: ${found}, so there is none to compare with; use grad-cam`);
    }
    const apart = targets.map((target) => {
      const index = plainClass(target, 'finer-cam', 'it sets a class apart from the classes most like it');
      return apartFromSimilar(view, index, gamma, Math.min(similar, classes - 1));
    });
    return gradCamMaps(view, apart, 'logit');
  },
});

/** y_c − γ·(mean of y_k over the similar classes), but for a constant, as a function of the latent. */
function apartFromSimilar(view: View, index: number, gamma: number, similar: number): LatentTarget {
  const { vit } = view;
  const own = oneHot(view, index);
  const logits = tidy(vit.backend, () => vit.classify(view.latent()));
  const direction = matmul(sub(own, mul(nearest(logits, own, similar), gamma / similar)), vit.headWeight());
  return { name: `class ${index}`, score: (latent) => sum(mul(reshape(latent, [1, -1]), direction)) };
}

/** [1, classes] */
function oneHot({ vit }: View, index: number): Tensor {
  const { classes } = vit.config;
  return tensor(
    vit.backend,
    Float32Array.from({ length: classes }, (_, c) => (c === index ? 1 : 0)),
    [1, classes],
  );
}

/**
 * 1 for each of the classes whose logits are nearest to that of a class, else 0; of equally near ones the first come first. [1, classes]
 */
function nearest(logits: Tensor, own: Tensor, count: number): Tensor {
  return tidy(logits.backend, () => {
    const classes = own.size;
    const order = tensor(
      logits.backend,
      Float32Array.from({ length: classes }, (_, c) => classes - c),
      [1, classes],
    );
    const difference = sub(logits, sum(mul(logits, own)));
    let distance = add(add(relu(difference), relu(neg(difference))), mul(own, FAR));
    let found = mul(own, 0);
    for (let i = 0; i < count; i++) {
      const smallest = equal(distance, neg(max(neg(distance))));
      const first = equal(order, max(mul(order, smallest)));
      found = add(found, first);
      distance = add(distance, mul(first, FAR));
    }
    return found;
  });
}
