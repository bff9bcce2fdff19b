/**
 * Functions of one and of two numbers. Each activation has its value and its derivative side by side.
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

/** The value of an activation, and its derivative. */
interface Curve {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

export const activations: { readonly [op in Activation]: Curve } = {
  gelu: {
    value: (x) => x * normalDistribution(x),
    slope: (x) => normalDistribution(x) + x * normalDensity(x),
  },
  geluTanh: {
    // ½·(1 + tanh t) is σ(2t), which keeps its digits where tanh t comes close to −1.
    value: (x) => x * logistic(2 * tanhArgument(x)),
    slope: (x) => {
      const s = logistic(2 * tanhArgument(x));
      return s + 2 * x * s * (1 - s) * tanhArgumentSlope(x);
    },
  },
  quickGelu: {
    value: (x) => x * logistic(1.702 * x),
    slope: (x) => {
      const s = logistic(1.702 * x);
      return s + 1.702 * x * s * (1 - s);
    },
  },
  silu: {
    value: (x) => x * logistic(x),
    slope: (x) => {
      const s = logistic(x);
      return s + x * s * (1 - s);
    },
  },
  sigmoid: {
    value: logistic,
    slope: (x) => {
      const s = logistic(x);
      return s * (1 - s);
    },
  },
  relu: {
    value: (x) => Math.max(x, 0),
    slope: (x) => (x > 0 ? 1 : 0),
  },
  softplus: {
    // log(1 + eˣ), without an eˣ that overflows.
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: logistic,
  },
};

/** All functions of one number. Operations compute the gradients of those that are no activations from other primitives. */
export const unary: { readonly [op in Unary]: Pick<Curve, 'value'> } = {
  ...activations,
  neg: { value: (x) => -x },
  exp: { value: Math.exp },
  log: { value: Math.log },
  sqrt: { value: Math.sqrt },
  normalDistribution: { value: normalDistribution },
};

const binary: { readonly [op in Binary]: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  equal: (a, b) => (a === b ? 1 : 0),
};

/** out[i] = f(a, b) at position i of both walks. */
export function combine(op: Binary, a: Floats, walkA: Walk, b: Floats, walkB: Walk, out: Floats): void {
  const f = binary[op];
  eachPosition([walkA, walkB], (i, positionA, positionB) => {
    out[i] = f(at(a, positionA), at(b, positionB));
  });
}

/** An element at a position that is known to exist. */
export function at(values: Floats, i: number): number {
  return values[i] as number;
}
