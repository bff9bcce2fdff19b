/**
 * Functions of one and of two numbers, with the derivatives of the activations.
 */
import type { Activation, Binary, Unary, Walk } from '../backend.ts';
import { eachPosition } from './movement.ts';
import { normalDensity, normalDistribution } from './normal.ts';
import type { Floats } from './storage.ts';

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** The argument of tanh in the approximate GELU, and its derivative. */
const TANH_SLOPE = Math.sqrt(2 / Math.PI);
const tanhArgument = (x: number): number => TANH_SLOPE * (x + 0.044715 * x ** 3);
const tanhArgumentSlope = (x: number): number => TANH_SLOPE * (1 + 3 * 0.044715 * x * x);

export const unary: { readonly [op in Unary]: (x: number) => number } = {
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  gelu: (x) => x * normalDistribution(x),
  // ½·(1 + tanh t) = σ(2t), which keeps its digits where tanh t nears −1.
  geluTanh: (x) => x * logistic(2 * tanhArgument(x)),
  quickGelu: (x) => x * logistic(1.702 * x),
  silu: (x) => x * logistic(x),
  sigmoid: logistic,
  relu: (x) => Math.max(x, 0),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
};

export const derivative: { readonly [op in Activation]: (x: number) => number } = {
  gelu: (x) => normalDistribution(x) + x * normalDensity(x),
  geluTanh: (x) => {
    const s = logistic(2 * tanhArgument(x));
    return s + 2 * x * s * (1 - s) * tanhArgumentSlope(x);
  },
  quickGelu: (x) => {
    const s = logistic(1.702 * x);
    return s + 1.702 * x * s * (1 - s);
  },
  silu: (x) => {
    const s = logistic(x);
    return s + x * s * (1 - s);
  },
  sigmoid: (x) => {
    const s = logistic(x);
    return s * (1 - s);
  },
  relu: (x) => (x > 0 ? 1 : 0),
  softplus: logistic,
};

const binary: { readonly [op in Binary]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  equal: (a, b) => (a === b ? 1 : 0),
};

/** out[i] = op(a at walkA's i-th position, b at walkB's). */
export function combine(op: Binary, a: Floats, walkA: Walk, b: Floats, walkB: Walk, out: Floats): void {
  const f = binary[op];
  eachPosition([walkA, walkB], (i, positionA, positionB) => {
    out[i] = f(at(a, positionA), at(b, positionB));
  });
}

/** An element that is known to exist. */
export function at(values: Floats, i: number): number {
  return values[i] as number;
}
