/**
 * The numbers by which kernels know functions; assembly/functions.ts and assembly/elementwise.ts have the other side.
 */
import type { Activation, Binary, Reduction, Unary } from '@cdam/tensor';

export const functions: Readonly<Record<Unary, number>> = {
  gelu: 1,
  geluTanh: 2,
  quickGelu: 3,
  silu: 4,
  sigmoid: 5,
  relu: 6,
  softplus: 7,
  neg: 8,
  exp: 9,
  log: 10,
  sqrt: 11,
};

export const combinations: Readonly<Record<Binary, number>> = { add: 0, sub: 1, mul: 2, div: 3, equal: 4 };

export const reductions: Readonly<Record<Reduction, number>> = { sum: 0, max: 1 };

/** The number of an activation; 0 for none. */
export function activationNumber(activation: Activation | undefined): number {
  return activation === undefined ? 0 : functions[activation];
}
