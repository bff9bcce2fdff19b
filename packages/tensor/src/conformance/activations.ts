/**
 * A formula for each activation, independent of any backend: the suite derives the expected values and, by differences, the expected
 * gradients from it.
 */
import type { Activation } from '../backend.ts';

/** Φ(x) by the series x + x³/3 + x⁵/(3·5) + … near 0, and by the continued fraction of the tail elsewhere. */
export function normalDistribution(x: number): number {
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) < 3) {
    let term = x;
    let sum = x;
    for (let k = 3; k < 120; k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / (Math.abs(x) + fraction);
  const tail = density / (Math.abs(x) + fraction);
  return x < 0 ? tail : 1 - tail;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const tanhArgument = (x: number): number => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Each must be good to 1e-10 of its value, from −1e6 to 1e6, so that it does not overflow. */
export const activations: Readonly<Record<Activation, (x: number) => number>> = {
  gelu: (x) => x * normalDistribution(x),
  // ½·(1 + tanh u) without its cancellation.
  geluTanh: (x) => x * sigmoid(2 * tanhArgument(x)),
  quickGelu: (x) => x * sigmoid(1.702 * x),
  silu: (x) => x * sigmoid(x),
  sigmoid,
  relu: (x) => Math.max(x, 0),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};
