/**
 * Relevance propagation of Chefer, Gur and Wolf (ICCV 2021): in each block attention times its gradient, positive part, mean over
 * heads, Ā = mean_h (∂f/∂A ⊙ A)⁺; from R = I, R ← R + Ā·R through the blocks; the class token's row of R.
 */
import { add, concat, matmul, mean, mul, relu, slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { attentionsOfAllBlocks } from './attentions.ts';

/** [targets, patches]. Only the class token's row is carried, from the last block to the first: r ← r + r·Ā. */
export function relevance(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  return tidy(vit.backend, () => {
    const blocks = attentionsOfAllBlocks(view, targets, from).toReversed();
    const tokens = view.tokens.shape[1] ?? 0;
    const classRow = tensor(
      vit.backend,
      Float32Array.from({ length: tokens }, (_, i) => (i === 0 ? 1 : 0)),
      [1, tokens],
    );
    const rows = targets.map((_, t) =>
      blocks.reduce((row, { weights, gradients }) => {
        const gradient = gradients[t];
        return gradient === undefined ? row : add(row, matmul(row, mean(relu(mul(gradient, weights)), { axes: [0, 1] })));
      }, classRow),
    );
    return slice(concat(rows, 0), 1, vit.config.prefixTokens, tokens);
  });
}
