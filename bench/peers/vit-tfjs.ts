/**
 * The forward pass of DeiT-Ti as one would write it with TensorFlow.js: with its fused layers, the exact GELU, and batched products for the
 * heads.
 */
import type * as TensorFlow from '@tensorflow/tfjs-core';
import { deit, named, placeWeights } from './weights.ts';

type Tf = typeof TensorFlow;
type Tensor = TensorFlow.Tensor;

/** Makes the model. @returns the function from pixels [3, 224, 224] to logits [1, 1000]; the caller disposes the result */
export function tfjsVit(tf: Tf, file: Uint8Array): (pixels: Float32Array) => Tensor {
  const weights = placeWeights(file, (data, shape) => tf.tensor(data, shape));
  const weight = (name: string): Tensor => named(weights, name);
  const linear = (x: Tensor, name: string): Tensor => tf.fused.matMul({ a: x, b: weight(`${name}.weight`), bias: weight(`${name}.bias`) });
  const norm = (x: Tensor, name: string): Tensor => {
    const { mean, variance } = tf.moments(x, -1, true);
    const scaled = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, deit.epsilon)));
    return tf.add(tf.mul(scaled, weight(`${name}.weight`)), weight(`${name}.bias`));
  };
  const gelu = (x: Tensor): Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const attention = (x: Tensor, block: string): Tensor => {
    const { tokens, heads, headSize, width } = deit;
    const qkv = tf.transpose(tf.reshape(linear(x, `${block}.attn.qkv`), [tokens, 3, heads, headSize]), [1, 2, 0, 3]);
    const [q, k, v] = tf.unstack(qkv);
    if (!q || !k || !v) throw new Error('tfjs: qkv has no three parts');
    const weightsOfTokens = tf.softmax(tf.matMul(tf.mul(q, headSize ** -0.5), k, false, true));
    return linear(tf.reshape(tf.transpose(tf.matMul(weightsOfTokens, v), [1, 0, 2]), [tokens, width]), `${block}.attn.proj`);
  };
  const embed = (pixels: Float32Array): Tensor => {
    const { grid, patch, width, tokens } = deit;
    const picture = tf.tensor(pixels, [3, grid, patch, grid, patch]);
    const patches = tf.reshape(tf.transpose(picture, [1, 3, 0, 2, 4]), [grid * grid, 3 * patch * patch]);
    const all = tf.concat([tf.reshape(weight('cls_token'), [1, width]), linear(patches, 'patch_embed.proj')], 0);
    return tf.add(all, tf.reshape(weight('pos_embed'), [tokens, width]));
  };
  return (pixels) =>
    tf.tidy(() => {
      let x = embed(pixels);
      for (let i = 0; i < deit.depth; i++) {
        const block = `blocks.${i}`;
        x = tf.add(x, attention(norm(x, `${block}.norm1`), block));
        x = tf.add(x, linear(gelu(linear(norm(x, `${block}.norm2`), `${block}.mlp.fc1`)), `${block}.mlp.fc2`));
      }
      return linear(norm(tf.slice(x, [0, 0], [1, deit.width]), 'norm'), 'head');
    });
}
