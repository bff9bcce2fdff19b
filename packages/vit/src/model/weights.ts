/**
 * Weights by their names, and the two kinds of layers that a Vision Transformer is made of.
 */
import { type Activation, layerNorm, linear, type Tensor } from '@cdam/tensor';
import type { VitConfig } from '../config.ts';
import { ModelError } from '../errors.ts';

/** Weights by timm's names: `blocks.0.attn.qkv.weight`, … */
export type VitWeights = Readonly<Record<string, Tensor>>;

/** A linear layer, x·weightᵀ + bias, and the LayerScale that multiplies what it adds to the residual stream. */
export interface Layer {
  /** [out, in] */
  readonly weight: Tensor;
  /** [out] */
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

/** A linear layer by the names of the layer and of its LayerScale, such as `blocks.3.attn.proj` and `blocks.3.ls1`. */
export function layerOf(weights: VitWeights, name: string, layerScale?: string): Layer {
  const scale = layerScale === undefined ? undefined : weights[`${layerScale}.gamma`];
  return { weight: weightOf(weights, `${name}.weight`), bias: weights[`${name}.bias`], scale };
}

/** residual + scale ⊙ activation(x·weightᵀ + bias). */
export function through(layer: Layer, x: Tensor, residual?: Tensor, activation?: Activation): Tensor {
  return linear(x, layer.weight, layer.bias, { activation, scale: layer.scale, residual });
}

/** A layerNorm by its name: `blocks.3.norm2`, `norm`. */
export function normOf(weights: VitWeights, { epsilon }: VitConfig, name: string, x: Tensor): Tensor {
  return layerNorm(x, weightOf(weights, `${name}.weight`), weightOf(weights, `${name}.bias`), epsilon);
}
