/**
 * A pass through all blocks with their attention weights, for the methods that follow attention through the network.
 */
import { slice, type Tensor, tensor } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import type { View } from '../view/view.ts';

/** The residual stream after the last block, and each block's attention A, [1, heads, tokens, tokens]. */
export interface AttentivePass {
  readonly stream: Tensor;
  readonly weights: readonly Tensor[];
}

/** @param embedded [1, tokens, width] */
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
 * What the class token's row of the identity becomes as it is carried from the last block to the first: the patches of it, [1, patches].
 *
 * @param attentions what stands for each block's attention, [tokens, tokens], the first block first
 * @param carry one block's step: from [1, tokens] to the same
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
