/**
 * A pass through all blocks that keeps their attention weights, for the methods that combine the attention of all blocks.
 */
import { slice, type Tensor, tensor } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import type { View } from '../view/view.ts';

/** The residual stream after the last block, and the attention weights of each block, [1, heads, tokens, tokens]. */
export interface AttentivePass {
  readonly stream: Tensor;
  readonly weights: readonly Tensor[];
}

/** Runs all blocks. @param embedded the residual stream before the first block, [1, prefixTokens + patches, width] */
export function attentivePass({ blocks }: VisionTransformer, embedded: Tensor): AttentivePass {
  let stream = embedded;
  const weights = blocks.map((block) => {
    const attended = block.attendWithWeights(stream, block.norm1(stream));
    stream = block.transform(attended.out);
    return attended.weights;
  });
  return { stream, weights };
}

/**
 * Starts with the class token's row of the identity matrix and changes it by one step for each block, from the last to the first.
 *
 * @param attentions a matrix made from the attention of each block, [tokens, tokens], the first block first
 * @param carry the step of one block, from a row [1, tokens] to the next
 * @returns the part of the row that belongs to the patches, [1, patches]
 */
export function carryClassRow(
  { vit, stream }: View,
  attentions: readonly Tensor[],
  carry: (row: Tensor, attention: Tensor) => Tensor,
): Tensor {
  const tokens = stream.shape[1] ?? 0;
  const identity = Float32Array.from({ length: tokens }, (_, i) => (i === 0 ? 1 : 0));
  const row = attentions.toReversed().reduce(carry, tensor(vit.backend, identity, [1, tokens]));
  return slice(row, 1, vit.config.prefixTokens, tokens);
}
