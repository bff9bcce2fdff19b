/**
 * Losses, each the mean over all elements (or, for cross-entropy, over all rows), as PyTorch's default is.
 */
import { describe, TensorError } from './errors.ts';
import { relu, softplus } from './ops/activations.ts';
import { mul, sub } from './ops/arithmetic.ts';
import { mean, sum } from './ops/reduce.ts';
import { logSoftmax } from './ops/softmax.ts';
import { sameShape, sizeOf } from './shape.ts';
import { type Tensor, tensor, tidy } from './tensor.ts';

/**
 * −log softmax(logits)[class], mean over the rows.
 *
 * @param logits [..., classes]
 * @param classes the right class of each row
 */
export function crossEntropy(logits: Tensor, classes: readonly number[]): Tensor {
  const width = logits.shape.at(-1) ?? 1;
  const rows = sizeOf(logits.shape.slice(0, -1));
  const wrong = classes.find((index) => !Number.isInteger(index) || index < 0 || index >= width);
  if (classes.length !== rows || wrong !== undefined) {
    const fault = wrong === undefined ? `${classes.length} classes` : `class ${wrong}`;
    throw new TensorError(
      'argument',
      `crossEntropy: ${fault} does not fit logits of shape ${describe(logits.shape)}: one of ${width} for each of ${rows} rows`,
    );
  }
  return tidy(logits.backend, () => {
    const weights = new Float32Array(rows * width);
    classes.forEach((index, row) => {
      weights[row * width + index] = -1 / rows;
    });
    return sum(mul(logSoftmax(logits), tensor(logits.backend, weights, logits.shape)));
  });
}

/**
 * Binary cross-entropy of σ(logits), computed as softplus(z) − z·t, which does not overflow.
 *
 * @param targets probabilities from 0 to 1, in the logits' shape
 */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor): Tensor {
  checkSame('binaryCrossEntropyWithLogits', logits, targets);
  return tidy(logits.backend, () => mean(sub(softplus(logits), mul(logits, targets))));
}

/** (prediction − target)², mean. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSame('meanSquaredError', prediction, target);
  return tidy(prediction.backend, () => {
    const difference = sub(prediction, target);
    return mean(mul(difference, difference));
  });
}

/**
 * Huber's loss: ½d² where |d| ≤ delta, delta·(|d| − ½·delta) elsewhere; mean.
 * With c = d clamped to ±delta it is c·(d − ½c) everywhere.
 */
export function huber(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  checkSame('huber', prediction, target);
  return tidy(prediction.backend, () => {
    const d = sub(prediction, target);
    const clamped = sub(relu(sub(2 * delta, relu(sub(delta, d)))), delta);
    return mean(mul(clamped, sub(d, mul(clamped, 0.5))));
  });
}

function checkSame(op: string, a: Tensor, b: Tensor): void {
  if (!sameShape(a.shape, b.shape)) {
    throw new TensorError('shape', `${op}: predictions ${describe(a.shape)} and targets ${describe(b.shape)} must have one shape`);
  }
}
