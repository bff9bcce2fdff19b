/**
 * The attention map: how much the class token attends to each patch in the last block. It knows nothing of classes, which is
 * why it is the comparison that every class-discriminative map starts from.
 */
import { mean, slice, tidy } from '@cdam/tensor';
import { ExplanationError } from './errors.ts';
import { checkScores, type TokenMap } from './token-map.ts';
import type { View } from './view.ts';

export interface AttentionMapOptions {
  /** One head, from 0; the mean over all heads by default. */
  readonly head?: number | undefined;
}

/** The class token's row of the last block's attention, over the patches. Waits for the result. */
export async function attentionMap(view: View, { head }: AttentionMapOptions = {}): Promise<TokenMap> {
  const { vit } = view;
  const { depth, heads, prefixTokens, classToken } = vit.config;
  if (!classToken) throw new ExplanationError('method', 'attention: the model has no class token whose attention could be shown; use cdam');
  if (head !== undefined && (!Number.isInteger(head) || head < 0 || head >= heads)) {
    throw new ExplanationError('method', `attention: there is no head ${head}; the model has heads 0 to ${heads - 1}`);
  }
  using row = tidy(vit.backend, () => {
    const weights = vit.attentionWeights(depth - 1, vit.norm1(depth - 1, view.tokens));
    const classRow = slice(slice(weights, 2, 0, 1), 3, prefixTokens, weights.shape[3] ?? 0);
    return head === undefined ? mean(classRow, { axes: [1] }) : slice(classRow, 1, head, head + 1);
  });
  return checkScores({ method: 'attention', target: undefined, from: undefined, grid: view.grid, scores: await row.data() });
}
