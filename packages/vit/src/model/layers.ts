/**
 * The two kinds of layers that a Vision Transformer is made of, linear layers and layer norms, from weights by their names.
 */
import { type Activation, layerNorm, linear, type Tensor } from '@cdam/tensor';
import type { VitConfig } from '../config.ts';
import { ModelError } from '../errors.ts';

/** Weights by timm's names: `blocks.0.attn.qkv.weight`, … */
export type VitWeights = Readonly<Record<string, Tensor>>;

/** A linear layer, x·weightᵀ + bias, with the LayerScale that multiplies its output where there is one. */
export interface Layer {
  /** [out, in] */
  readonly weight: Tensor;
  /** [out]; undefined for a layer that has none. */
  readonly bias: Tensor | undefined;
  /** [out]; undefined for a layer that has none. */
  readonly scale: Tensor | undefined;
}

/** A weight that the model must have. @throws ModelError `weights` when it is missing */
export function weightOf(weights: VitWeights, name: string): Tensor {
  const weight = weights[name];
  if (weight === undefined) throw new ModelError('weights', `VisionTransformer: the weight "${name}" is missing`);
  return weight;
}

/** The linear layer of a name such as `blocks.3.attn.proj`, and its LayerScale by a name such as `blocks.3.ls1`. */
export function layerOf(weights: VitWeights, name: string, layerScale?: string): Layer {
  const scale = layerScale === undefined ? undefined : weights[`${layerScale}.gamma`];
  return { weight: weightOf(weights, `${name}.weight`), bias: weights[`${name}.bias`], scale };
}

/** Applies a linear layer: residual + scale ⊙ activation(x·weightᵀ + bias). */
export function through(layer: Layer, x: Tensor, residual?: Tensor, activation?: Activation): Tensor {
  return linear(x, layer.weight, layer.bias, { activation, scale: layer.scale, residual });
}

/** Applies the layer norm of a name such as `blocks.3.norm2` or `norm`. */
export function normOf(weights: VitWeights, { epsilon }: VitConfig, name: string, x: Tensor): Tensor {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), epsilon);
}
