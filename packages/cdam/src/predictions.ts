/**
 * From logits to the best classes.
 */
import { type ClassNames, labelOf } from '@cdam/vit';
import type { MapTarget } from './token-map.ts';

export interface Prediction {
  readonly index: number;
  readonly label: string;
  readonly logit: number;
  /** Softmax over the classes; sigmoid where classes are independent. */
  readonly probability: number;
}

/** Whether a model's outputs are classes, and whether these exclude each other. */
export interface OutputKind {
  readonly classes: number;
  readonly multiLabel: boolean;
  /** Outputs are numbers and no classes. */
  readonly regression: boolean;
}

/** How a model's classes are named, and of which kind they are. */
export type ClassScheme = ClassNames & OutputKind;

/** True when a class' probability is its own (sigmoid), false when the classes share it (softmax). */
export function classesAreIndependent({ multiLabel, classes }: OutputKind): boolean {
  return multiLabel || classes === 1;
}

/** True for a head whose one logit speaks for two sides: of a class, and of its absence. */
export function hasTwoSides({ classes, regression }: OutputKind): boolean {
  return classes === 1 && !regression;
}

/** The `count` classes of the highest logits, best first; equal ones by index. */
export function rankClasses(logits: Float32Array, scheme: ClassScheme, count: number): Prediction[] {
  const probabilities = probabilitiesOf(logits, scheme);
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  return order.slice(0, count).map((index) => ({
    index,
    label: labelOf(scheme, index),
    logit: logits[index] ?? Number.NaN,
    probability: probabilities[index] ?? Number.NaN,
  }));
}

export function probabilitiesOf(logits: Float32Array, scheme: OutputKind): number[] {
  if (classesAreIndependent(scheme)) return Array.from(logits, (z) => 1 / (1 + Math.exp(-z)));
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = Array.from(logits, (z) => Math.exp(z - largest));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
}

/** What the model says of a map's target: of the other side of a class, −logit and 1 − probability. Undefined where it is no class. */
export function predictionOf(target: MapTarget | undefined, predictions: readonly Prediction[]): Prediction | undefined {
  if (target?.kind !== 'class') return undefined;
  const found = predictions.find(({ index }) => index === target.index);
  return found === undefined || target.against !== true
    ? found
    : { index: found.index, label: target.label, logit: -found.logit, probability: 1 - found.probability };
}
