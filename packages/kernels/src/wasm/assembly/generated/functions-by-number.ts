/**
 * The functions of ../functions.ts by their numbers. Made from the files of `assembly` by
 * scripts/compile-wasm.mjs of this package, not by hand.
 */
import {
  exp,
  gelu,
  geluGradient,
  geluTanh,
  geluTanhGradient,
  log,
  neg,
  normalDistribution,
  quickGelu,
  quickGeluGradient,
  relu,
  reluGradient,
  sigmoid,
  sigmoidGradient,
  silu,
  siluGradient,
  softplus,
  softplusGradient,
  sqrt,
} from '../functions';

export const EXP = 1;
export const LOG = 2;
export const NEG = 3;
export const SQRT = 4;
export const SIGMOID = 5;
export const NORMAL_DISTRIBUTION = 6;
export const GELU = 7;
export const GELU_TANH = 8;
export const QUICK_GELU = 9;
export const SILU = 10;
export const RELU = 11;
export const SOFTPLUS = 12;

/** The function with this number; x itself where there is none. */
export function evaluate(op: i32, x: v128): v128 {
  switch (op) {
    case EXP:
      return exp(x);
    case LOG:
      return log(x);
    case NEG:
      return neg(x);
    case SQRT:
      return sqrt(x);
    case SIGMOID:
      return sigmoid(x);
    case NORMAL_DISTRIBUTION:
      return normalDistribution(x);
    case GELU:
      return gelu(x);
    case GELU_TANH:
      return geluTanh(x);
    case QUICK_GELU:
      return quickGelu(x);
    case SILU:
      return silu(x);
    case RELU:
      return relu(x);
    case SOFTPLUS:
      return softplus(x);
    default:
      return x;
  }
}

/** The derivative of the function with this number; NaN where there is none. */
export function derivative(op: i32, x: v128): v128 {
  switch (op) {
    case SIGMOID:
      return sigmoidGradient(x);
    case GELU:
      return geluGradient(x);
    case GELU_TANH:
      return geluTanhGradient(x);
    case QUICK_GELU:
      return quickGeluGradient(x);
    case SILU:
      return siluGradient(x);
    case RELU:
      return reluGradient(x);
    case SOFTPLUS:
      return softplusGradient(x);
    default:
      return f32x4.splat(NaN);
  }
}
