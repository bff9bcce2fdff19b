/**
 * What keeps training steady: a learning rate that warms up and fades out, and a bound on the length of the gradient.
 */

import { TensorError } from '../errors.ts';
import { relu } from '../ops/activations.ts';
import { add, div, mul, sub } from '../ops/arithmetic.ts';
import { sqrt } from '../ops/exponentials.ts';
import { sum } from '../ops/reduce.ts';
import { type Tensor, tidy } from '../tensor.ts';
import type { Parameters } from './optimiser.ts';

export interface WarmupCosine {
  /** The highest learning rate, reached at the end of the warm-up. */
  readonly peak: number;
  /** Steps from 0 up to the peak, in a straight line. */
  readonly warmup: number;
  /** All steps, warm-up included. */
  readonly total: number;
  /** Where the cosine ends; 0 by default. */
  readonly floor?: number;
}

/** The learning rate of step 0, 1, 2, …: linear warm-up, then half a cosine (Loshchilov and Hutter 2017). */
export function warmupCosine(step: number, { peak, warmup, total, floor = 0 }: WarmupCosine): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return floor + 0.5 * (peak - floor) * (1 + Math.cos(Math.PI * progress));
}

/**
 * Scales gradients so that all of them together have a Euclidean norm of at most `limit`; shorter ones stay as they are.
 * Nothing is read back: the norm stays on the backend.
 *
 * @returns the scaled gradients and the norm before scaling (one element), all owned by the caller
 */
export function clipByGlobalNorm<P extends Parameters>(gradients: P, limit: number): { gradients: Record<keyof P, Tensor>; norm: Tensor } {
  const entries = Object.entries(gradients);
  const [first] = entries;
  if (first === undefined) throw new TensorError('argument', 'clipByGlobalNorm: there are no gradients');
  return tidy(first[1].backend, () => {
    const squares = entries.map(([, gradient]) => sum(mul(gradient, gradient)));
    const norm = sqrt(squares.reduce((total, square) => add(total, square)));
    const excess = add(relu(sub(div(norm, limit), 1)), 1);
    const clipped = Object.fromEntries(entries.map(([name, gradient]) => [name, div(gradient, excess)]));
    return { gradients: clipped as Record<keyof P, Tensor>, norm };
  });
}
