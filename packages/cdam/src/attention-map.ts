/**
 * The attention map: how much the class token attends to each patch in the last block. It knows nothing of classes, which is
 * why it is the comparison that every class-discriminative map starts from.
 */
import { mean, slice, tidy } from '@cdam/tensor';
import { classAttention } from './class-row.ts';
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
    const { weights } = classAttention(vit, vit.norm1(depth - 1, view.tokens));
    const patches = slice(weights, 1, prefixTokens, weights.shape[1] ?? 0);
    return head === undefined ? mean(patches, { axes: [2] }) : slice(patches, 2, head, head + 1);
  });
  return checkScores({ method: 'attention', target: undefined, from: undefined, grid: view.grid, scores: await row.data() });
}
