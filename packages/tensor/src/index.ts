/**
 * Tensors, operations with their gradients, reverse-mode differentiation, losses and optimisers.
 */
export { type Gradients, grad, type Inputs, valueAndGrad, vjp } from './autodiff.ts';
export {
  ACTIVATIONS,
  type Activation,
  type AdamWStep,
  type AttentionSize,
  type Backend,
  type BackendContext,
  type Binary,
  type Epilogue,
  type HeadRows,
  type MatmulSize,
  type MemoryUse,
  type Owner,
  type Primitives,
  type Recorder,
  type Reduction,
  type SgdStep,
  type Storage,
  type Unary,
  type Walk,
} from './backend.ts';
export { createContext, openScope, type Scope } from './context.ts';
export { describe, type ErrorCode, TensorError } from './errors.ts';
export { gradientError } from './gradient-check.ts';
export { halfTensor, narrowHalf, widenHalf } from './half.ts';
export { binaryCrossEntropyWithLogits, crossEntropy, huber, meanSquaredError } from './losses.ts';
export type { Rule } from './operation.ts';
export { activate, gateOf, gelu, geluTanh, quickGelu, relu, sigmoid, silu, softplus } from './ops/activations.ts';
export { add, div, equal, mul, type Operand, sub } from './ops/arithmetic.ts';
export { type AttentionOptions, attention, attentionTerms, attentionWithWeights, selfAttention } from './ops/attention.ts';
export { exp, log, neg, sqrt } from './ops/exponentials.ts';
export { layerNorm } from './ops/layer-norm.ts';
export { type LinearOptions, linear, type MatmulOptions, matmul } from './ops/linear.ts';
export { concat, gather, patchify, reshape, slice, transpose, unpatchify } from './ops/movement.ts';
export { patchEmbed } from './ops/patch-embed.ts';
export { broadcastTo, max, mean, type ReduceOptions, sum } from './ops/reduce.ts';
export { logSoftmax, softmax } from './ops/softmax.ts';
export { AdamW, type AdamWOptions, type Parameters, Sgd, type SgdOptions } from './optim/optimiser.ts';
export { clipByGlobalNorm, type WarmupCosine, warmupCosine } from './optim/schedule.ts';
export { Random, type RandomState, randomNormal, randomUniform } from './random.ts';
export { createReferenceBackend, type ReferenceOptions } from './reference/backend.ts';
export { denseWalk, type Shape, sizeOf, stridesOf } from './shape.ts';
export { openTape, type Tape } from './tape.ts';
export { full, Tensor, tensor, tidy } from './tensor.ts';
