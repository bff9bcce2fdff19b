/**
 * The weights that training starts from, with timm's names and shapes.
 *
 * Matrices are normal with variance 2 / (inputs + outputs) (Glorot and Bengio 2010): in so small a model timm's fixed deviation of 0.02
 * would make the activations smaller from block to block. The weight of the head starts at 0 and its bias at −1, which is near the logit
 * of the share of mosaics that show a class, so that the first steps need not learn this share.
 */
import { type Backend, full, type Parameters, type Random, randomNormal, type Shape, type Tensor } from '@cdam/tensor';
import type { Architecture } from './recipe.ts';

/** The deviation of the class token and of the position embeddings. */
const EMBEDDING_DEVIATION = 0.02;
const HEAD_BIAS = -1;

/** New tensors on `backend`, which the caller owns. Equal states of `random` give equal weights on every backend. */
export function initialWeights(backend: Backend, architecture: Architecture, random: Random): Parameters {
  const { imageSize, patchSize, width, depth, mlpRatio, classes } = architecture;
  const patches = (imageSize / patchSize) ** 2;
  const hidden = mlpRatio * width;
  const normal = (shape: Shape, deviation: number): Tensor => randomNormal(backend, shape, random, { deviation });
  const layer = (name: string, outputs: number, inputs: number, shape: Shape = [outputs, inputs]): [string, Tensor][] => [
    [`${name}.weight`, normal(shape, Math.sqrt(2 / (inputs + outputs)))],
    [`${name}.bias`, full(backend, [outputs], 0)],
  ];
  const norm = (name: string): [string, Tensor][] => [
    [`${name}.weight`, full(backend, [width], 1)],
    [`${name}.bias`, full(backend, [width], 0)],
  ];
  const block = (name: string): [string, Tensor][] => [
    ...norm(`${name}.norm1`),
    ...layer(`${name}.attn.qkv`, 3 * width, width),
    ...layer(`${name}.attn.proj`, width, width),
    ...norm(`${name}.norm2`),
    ...layer(`${name}.mlp.fc1`, hidden, width),
    ...layer(`${name}.mlp.fc2`, width, hidden),
  ];
  return Object.fromEntries([
    ['cls_token', normal([1, 1, width], EMBEDDING_DEVIATION)],
    ['pos_embed', normal([1, 1 + patches, width], EMBEDDING_DEVIATION)],
    ...layer('patch_embed.proj', width, 3 * patchSize ** 2, [width, 3, patchSize, patchSize]),
    ...Array.from({ length: depth }, (_, i) => block(`blocks.${i}`)).flat(),
    ...norm('norm'),
    ['head.weight', full(backend, [classes, width], 0)],
    ['head.bias', full(backend, [classes], HEAD_BIAS)],
  ]);
}

/** Whether a weight decays: matrices do; biases, norms, the class token and the position embeddings do not. */
export function decays(name: string): boolean {
  return name.endsWith('.weight') && !name.includes('norm');
}
