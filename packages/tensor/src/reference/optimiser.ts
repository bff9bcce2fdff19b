/**
 * One step of each optimiser. It changes the parameter and the moments in place.
 */
import type { AdamWStep, SgdStep } from '../backend.ts';
import { at } from './elementwise.ts';
import type { Floats } from './storage.ts';

/**
 * Moments m and v are running means of the gradient and of its square. Both start at 0, which is corrected for. The decay changes the
 * parameter directly and not through the gradient.
 */
export function adamW(parameter: Floats, gradient: Floats, mean: Floats, variance: Floats, step: AdamWStep): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = step;
  const correction1 = 1 - beta1 ** step.step;
  const correction2 = 1 - beta2 ** step.step;
  for (let i = 0; i < parameter.length; i++) {
    const g = at(gradient, i);
    const m = beta1 * at(mean, i) + (1 - beta1) * g;
    const v = beta2 * at(variance, i) + (1 - beta2) * g * g;
    mean[i] = m;
    variance[i] = v;
    const decayed = at(parameter, i) * (1 - learningRate * weightDecay);
    parameter[i] = decayed - (learningRate * (m / correction1)) / (Math.sqrt(v / correction2) + epsilon);
  }
}

export function sgd(parameter: Floats, gradient: Floats, velocity: Floats, { learningRate, momentum, weightDecay }: SgdStep): void {
  for (let i = 0; i < parameter.length; i++) {
    const v = momentum * at(velocity, i) + at(gradient, i) + weightDecay * at(parameter, i);
    velocity[i] = v;
    parameter[i] = at(parameter, i) - learningRate * v;
  }
}
