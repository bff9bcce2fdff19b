/**
 * The forward pass of DeiT-Ti as one would write it with jax-js: one jitted function, so that its compiler can fuse operations.
 *
 * jax-js counts references to arrays: a function consumes its arguments, and `.ref` means that an array is used once more.
 */
import { jit, nn, numpy as np, tree } from '@jax-js/jax';
import { deit, named, placeWeights } from './weights.ts';

type Weights = Record<string, np.Array>;

/** Makes the model. @returns the function from pixels [3, 224, 224] to logits [1, 1000] */
export function jaxVit(file: Uint8Array): (pixels: Float32Array) => np.Array {
  const weights = placeWeights(file, (data, shape) => np.array(data.slice(), { shape }));
  const compiled = jit(forward);
  return (pixels) => compiled(tree.ref(weights), np.array(pixels, { shape: [3, 224, 224] }));
}

function forward(weights: Weights, pixels: np.Array): np.Array {
  let x = embed(weights, pixels);
  for (let i = 0; i < deit.depth; i++) {
    const block = `blocks.${i}`;
    x = x.ref.add(attention(weights, norm(weights, x, `${block}.norm1`), block));
    const hidden = nn.gelu(linear(weights, norm(weights, x.ref, `${block}.norm2`), `${block}.mlp.fc1`), { approximate: false });
    x = x.add(linear(weights, hidden, `${block}.mlp.fc2`));
  }
  return linear(weights, norm(weights, x.slice([0, 1]), 'norm'), 'head');
}

function embed(weights: Weights, pixels: np.Array): np.Array {
  const { grid, patch, width, tokens } = deit;
  const patches = pixels
    .reshape([3, grid, patch, grid, patch])
    .transpose([1, 3, 0, 2, 4])
    .reshape([grid * grid, 3 * patch * patch]);
  const classToken = named(weights, 'cls_token').reshape([1, width]);
  const all = np.concatenate([classToken, linear(weights, patches, 'patch_embed.proj')], 0);
  return all.add(named(weights, 'pos_embed').reshape([tokens, width]));
}

function attention(weights: Weights, x: np.Array, block: string): np.Array {
  const { tokens, heads, headSize, width } = deit;
  const qkv = linear(weights, x, `${block}.attn.qkv`).reshape([tokens, 3, heads, headSize]);
  const part = (from: np.Array, i: number): np.Array => from.slice([], i);
  const mixed = nn.dotProductAttention(part(qkv.ref, 0), part(qkv.ref, 1), part(qkv, 2));
  return linear(weights, mixed.reshape([tokens, width]), `${block}.attn.proj`);
}

function linear(weights: Weights, x: np.Array, name: string): np.Array {
  return np.matmul(x, named(weights, `${name}.weight`)).add(named(weights, `${name}.bias`));
}

function norm(weights: Weights, x: np.Array, name: string): np.Array {
  return nn
    .standardize(x, -1, { epsilon: deit.epsilon })
    .mul(named(weights, `${name}.weight`))
    .add(named(weights, `${name}.bias`));
}
