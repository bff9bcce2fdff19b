/**
 * What keeps training steady: a learning rate that rises at first and falls at the end, and a limit for the length of the gradient.
 */

import { checkNumber, TensorError } from '../errors.ts';
import { commonBackend } from '../operation.ts';
import { relu } from '../ops/activations.ts';
import { add, div, mul, sub } from '../ops/arithmetic.ts';
import { sqrt } from '../ops/exponentials.ts';
import { sum } from '../ops/reduce.ts';
import { type Tensor, tidy } from '../tensor.ts';
import type { Parameters } from './optimiser.ts';

/** A learning rate over time. */
export interface WarmupCosine {
  /** The highest learning rate, reached at the end of the warm-up. */
  readonly peak: number;
  /** How many steps the learning rate rises for, in a straight line. */
  readonly warmup: number;
  /** The number of all steps, those of the warm-up included. */
  readonly total: number;
  /** Where the cosine ends; 0 by default. */
  readonly floor?: number;
}

/**
 * The learning rate of step 0, 1, 2, …: a linear warm-up, then half a cosine (Loshchilov and Hutter 2017), then the floor.
 *
 * @throws TensorError `argument` when a number is negative or not finite, or the warm-up is longer than all steps
 * @example [0, 1, 2, 4, 6].map((step) => warmupCosine(step, { peak: 1, warmup: 2, total: 6 })); // [0.5, 1, 1, 0.5, 0]
 */
export function warmupCosine(step: number, { peak, warmup, total, floor = 0 }: WarmupCosine): number {
  for (const [name, value] of Object.entries({ step, peak, warmup, total, floor })) {
    checkNumber('warmupCosine', name, value, value >= 0 && value < Number.POSITIVE_INFINITY, 'a finite number of at least 0');
  }
  checkNumber('warmupCosine', 'warmup', warmup, warmup <= total, `at most the ${total} steps in total`);
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return floor + 0.5 * (peak - floor) * (1 + Math.cos(Math.PI * progress));
}

/**
 * Scales gradients so that the Euclidean norm of all of them together is at most `limit`. When it is already, nothing changes. The norm
 * stays on the backend, so this does not wait.
 *
 * @param gradients tensors by name
 * @param limit a positive number
 * @returns the scaled gradients, and their norm before scaling, []; all of them belong to the caller
 * @throws TensorError `argument` when there are no gradients, the limit is not positive, or the tensors live on several backends
 * @example clipByGlobalNorm({ x: tensor(backend, [3, 4]) }, 1).gradients.x; // Tensor [2] on reference: 0.6, 0.8
 */
export function clipByGlobalNorm<P extends Parameters>(gradients: P, limit: number): { gradients: Record<keyof P, Tensor>; norm: Tensor } {
  const entries = Object.entries(gradients);
  const [first] = entries;
  if (first === undefined) throw new TensorError('argument', 'clipByGlobalNorm: there are no gradients');
  checkNumber('clipByGlobalNorm', 'limit', limit, limit > 0, 'a positive number');
  commonBackend('clipByGlobalNorm', Object.values(gradients));
  return tidy(first[1].backend, () => {
    const squares = entries.map(([, gradient]) => sum(mul(gradient, gradient)));
    const norm = sqrt(squares.reduce((total, square) => add(total, square)));
    const excess = add(relu(sub(div(norm, limit), 1)), 1);
    const clipped = Object.fromEntries(entries.map(([name, gradient]) => [name, div(gradient, excess)]));
    return { gradients: clipped as Record<keyof P, Tensor>, norm };
  });
}
