/**
 * Losses. Each is a mean over all elements, or over all rows for cross-entropy, as by default in PyTorch.
 */
import { checkNumber, describe, TensorError } from './errors.ts';
import { commonBackend } from './operation.ts';
import { relu, softplus } from './ops/activations.ts';
import { mul, sub } from './ops/arithmetic.ts';
import { mean, sum } from './ops/reduce.ts';
import { logSoftmax } from './ops/softmax.ts';
import { sameShape, sizeOf } from './shape.ts';
import { type Tensor, tensor, tidy } from './tensor.ts';

/**
 * −log softmax(logits)[class], the mean over all rows.
 *
 * @param logits [..., classes]
 * @param classes the right class of each row, from 0 to classes − 1
 * @returns []
 * @throws TensorError `argument` when there is not one class for each row, a class does not exist, or the logits have no axes
 * @example crossEntropy(tensor(backend, [0, 0, 0, 0], [2, 2]), [0, 1]); // Tensor [] on reference: 0.693147
 */
export function crossEntropy(logits: Tensor, classes: readonly number[]): Tensor {
  const width = logits.shape.at(-1) ?? 1;
  const rows = sizeOf(logits.shape.slice(0, -1));
  const wrong = classes.findIndex((index) => !Number.isInteger(index) || index < 0 || index >= width);
  if (classes.length !== rows || wrong >= 0 || logits.shape.length === 0) {
    const fault = wrong >= 0 ? `class ${classes[wrong]}` : `a list of ${classes.length}`;
    throw new TensorError(
      'argument',
      `crossEntropy: ${fault} does not fit logits of shape ${describe(logits.shape)}; give one of ${width} classes for each of ${rows} rows`,
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
 * Binary cross-entropy of σ(logits) and targets, the mean over all elements. It is computed as softplus(z) − z·t, which does not overflow.
 *
 * @param logits any shape
 * @param targets probabilities from 0 to 1, in the shape of the logits
 * @returns []
 * @throws TensorError `shape` when the shapes differ, `argument` when the tensors live on two backends
 * @example binaryCrossEntropyWithLogits(tensor(backend, [0, 1000]), tensor(backend, [0.5, 1])); // Tensor [] on reference: 0.346574
 */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor): Tensor {
  checkSame('binaryCrossEntropyWithLogits', logits, targets);
  return tidy(logits.backend, () => mean(sub(softplus(logits), mul(logits, targets))));
}

/**
 * (prediction − target)², the mean over all elements.
 *
 * @param prediction any shape
 * @param target the same shape
 * @returns []
 * @throws TensorError `shape` when the shapes differ, `argument` when the tensors live on two backends
 * @example meanSquaredError(tensor(backend, [1, 2]), tensor(backend, [1, 4])); // Tensor [] on reference: 2
 */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  checkSame('meanSquaredError', prediction, target);
  return tidy(prediction.backend, () => {
    const difference = sub(prediction, target);
    return mean(mul(difference, difference));
  });
}

/**
 * Huber's loss of the differences d = prediction − target: ½d² where |d| ≤ delta and delta·(|d| − ½·delta) elsewhere, the mean over all
 * elements. With c, which is d clamped to ±delta, both cases are c·(d − ½c), and so it is computed.
 *
 * @param prediction any shape
 * @param target the same shape
 * @param delta a positive number
 * @returns []
 * @throws TensorError `shape` when the shapes differ; `argument` when delta is not positive or the tensors live on two
 * backends
 * @example huber(tensor(backend, [1, 5]), tensor(backend, [0, 0])); // Tensor [] on reference: 2.5
 */
export function huber(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  checkSame('huber', prediction, target);
  checkNumber('huber', 'delta', delta, delta > 0 && delta < Number.POSITIVE_INFINITY, 'a positive number');
  return tidy(prediction.backend, () => {
    const d = sub(prediction, target);
    const clamped = sub(relu(sub(2 * delta, relu(sub(delta, d)))), delta);
    return mean(mul(clamped, sub(d, mul(clamped, 0.5))));
  });
}

function checkSame(op: string, a: Tensor, b: Tensor): void {
  commonBackend(op, [a, b]);
  if (!sameShape(a.shape, b.shape)) {
    throw new TensorError('shape', `${op}: predictions ${describe(a.shape)} and targets ${describe(b.shape)} must have one shape`);
  }
}
