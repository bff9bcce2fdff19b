/**
 * The outputs of a model as classes: their names, their probabilities, and their order.
 */
import {
  add,
  exp,
  gather,
  log,
  matmul,
  max,
  mul,
  reshape,
  sigmoid,
  softmax,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from '@cdam/tensor';
import { type ClassNames, labelOf } from '@cdam/vit';

/** What a model says about one class. */
export interface Prediction {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /** The softmax over all classes; where classes are independent, the sigmoid of the logit. */
  readonly probability: number;
}

/** Whether the outputs of a model are classes, and whether the classes exclude each other. */
export interface OutputKind {
  /** Number of outputs. */
  readonly classes: number;
  /** The classes are independent of each other. */
  readonly multiLabel: boolean;
  /** The outputs are numbers and not classes. */
  readonly regression: boolean;
}

/** The names of the classes of a model, and of which kind they are. */
export type ClassScheme = ClassNames & OutputKind;

/** True when each class has a probability of its own (sigmoid), false when the probabilities of all sum to 1 (softmax). */
export function classesAreIndependent({ multiLabel, classes }: OutputKind): boolean {
  return multiLabel || classes === 1;
}

/** True for a head with one logit, which stands for two sides: the class, and its absence. */
export function hasTwoSides({ classes, regression }: OutputKind): boolean {
  return classes === 1 && !regression;
}

/** True where log-odds are another number than the logit: where classes exclude each other. */
export function hasLogOdds(scheme: OutputKind): boolean {
  return !scheme.regression && !classesAreIndependent(scheme);
}

/** The probabilities from the logits of one picture. */
export function probabilitiesOf(logits: Float32Array, scheme: OutputKind): number[] {
  if (classesAreIndependent(scheme)) return Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
}

/** The probabilities from logits [batch, classes], in the same shape. */
export function probabilities(logits: Tensor, scheme: OutputKind): Tensor {
  return classesAreIndependent(scheme) ? sigmoid(logits) : softmax(logits);
}

/**
 * ∂p/∂z of some classes, where z is the latent: p_c·(W_c − Σ_k p_k·W_k) where classes exclude each other, p_c·(1 − p_c)·W_c where they
 * are independent.
 *
 * @param logits [batch, classes]
 * @param weight W, the weight of the head, [classes, size of a latent]
 * @returns [batch, chosen classes, size of a latent]
 */
export function probabilityGradients(logits: Tensor, weight: Tensor, chosen: readonly number[], scheme: OutputKind): Tensor {
  const [batch = 1] = logits.shape;
  return tidy(logits.backend, () => {
    const all = probabilities(logits, scheme);
    const own = reshape(transpose(gather(transpose(all), chosen)), [batch, chosen.length, 1]);
    const rows = gather(weight, chosen);
    if (classesAreIndependent(scheme)) return mul(mul(own, sub(1, own)), rows);
    return mul(own, sub(rows, reshape(matmul(all, weight), [batch, 1, -1])));
  });
}

/** Added to a logit that is left out of a softmax: finite, and far below any other. */
const LEFT_OUT = -1e30;

/** For each chosen class the logits of the others, its own far below them: [batch, chosen classes, classes]. */
function othersOf(logits: Tensor, chosen: readonly number[]): Tensor {
  const [batch = 1, classes = 1] = logits.shape;
  const mask = new Float32Array(chosen.length * classes);
  for (const [i, index] of chosen.entries()) mask[i * classes + index] = LEFT_OUT;
  return add(reshape(logits, [batch, 1, classes]), tensor(logits.backend, mask, [chosen.length, classes]));
}

/**
 * The log-odds of a class against all others together, log p − log(1 − p), where classes exclude each other.
 *
 * @param logits [batch, classes]
 * @returns [1, batch]
 */
export function logOdds(logits: Tensor, index: number): Tensor {
  return tidy(logits.backend, () => {
    const others = othersOf(logits, [index]);
    const largest = max(others, { axes: [2], keepDims: true });
    const together = add(largest, log(sum(exp(sub(others, largest)), { axes: [2], keepDims: true })));
    return sub(gather(transpose(logits), [index]), reshape(together, [1, -1]));
  });
}

/**
 * The gradients of log-odds with respect to the latent: W_c − Σ_{k≠c} q_k·W_k, q being the softmax over the other classes.
 *
 * @param weight W, the head's, [classes, size of a latent]
 * @returns [batch, chosen classes, size of a latent]
 */
export function logOddsGradients(logits: Tensor, weight: Tensor, chosen: readonly number[]): Tensor {
  return tidy(logits.backend, () => sub(gather(weight, chosen), matmul(softmax(othersOf(logits, chosen)), weight)));
}

/** The `count` classes with the highest logits, best first; classes of equal logit in the order of their indices. */
export function rankClasses(logits: Float32Array, scheme: ClassScheme, count: number): Prediction[] {
  const shares = probabilitiesOf(logits, scheme);
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  return order.slice(0, count).map((index) => ({
    index,
    label: labelOf(scheme, index),
    logit: logits[index] ?? Number.NaN,
    probability: shares[index] ?? Number.NaN,
  }));
}
