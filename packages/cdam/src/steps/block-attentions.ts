/**
 * Following attention through the network: the class token's row, carried from the last block to the first.
 */
import { matmul, slice, type Tensor, tensor } from '@cdam/tensor';
import type { View } from '../view/view.ts';

/**
 * Starts with the class token's row of the identity matrix and changes it by one step for each block, from the last to the first.
 *
 * @param attentions what stands for each block's attention, [queries, tokens], the first block first; where the class token is the only
 *   query, the other rows are not looked at
 * @param carry one block's step: from the row, [1, tokens], and its product with the attention, to the next row
 */
export function carryClassRow(
  { vit, stream }: View,
  attentions: readonly Tensor[],
  carry: (row: Tensor, product: Tensor) => Tensor,
): Tensor {
  const tokens = stream.shape[1] ?? 0;
  const identity = Float32Array.from({ length: tokens }, (_, i) => (i === 0 ? 1 : 0));
  const start = tensor(vit.backend, identity, [1, tokens]);
  const product = (row: Tensor, attention: Tensor): Tensor => (attention.shape[0] === 1 ? attention : matmul(row, attention));
  const row = attentions.toReversed().reduce((r, attention) => carry(r, product(r, attention)), start);
  return slice(row, 1, vit.config.prefixTokens, tokens);
}
