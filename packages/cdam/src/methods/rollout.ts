/**
 * Attention rollout (Abnar and Zuidema 2020): the class token's row of the product, over all blocks, of the mean attention with the
 * skip path added and rows scaled to 1. It knows nothing of classes.
 */
import { add, matmul, mean, mul, slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { View } from '../view.ts';
import { attentionsOfAllBlocks } from './attentions.ts';

/** [1, patches]. A row of A sums to 1, so that of A + I sums to 2. */
export function rollout(view: View): Tensor {
  const { vit } = view;
  return tidy(vit.backend, () => {
    const blocks = attentionsOfAllBlocks(view, [], 'logit').toReversed();
    const tokens = view.tokens.shape[1] ?? 0;
    const classRow = tensor(
      vit.backend,
      Float32Array.from({ length: tokens }, (_, i) => (i === 0 ? 1 : 0)),
      [1, tokens],
    );
    const row = blocks.reduce((r, { weights }) => mul(add(r, matmul(r, mean(weights, { axes: [0, 1] }))), 0.5), classRow);
    return slice(row, 1, vit.config.prefixTokens, tokens);
  });
}
