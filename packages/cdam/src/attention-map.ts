/**
 * The attention map: how much the class token attends to each patch in the last block. It knows nothing of classes, which is
 * why it is the comparison that every class-discriminative map starts from.
 */
import { mean, reshape, slice, type Tensor, tidy } from '@cdam/tensor';
import { toMaps } from './cdam.ts';
import { classAttention } from './class-attention.ts';
import { ExplanationError } from './errors.ts';
import type { TokenMap } from './token-map.ts';
import type { View } from './view.ts';

export interface AttentionMapOptions {
  /** One head, from 0; the mean over all heads by default. */
  readonly head?: number | undefined;
}

/** The class token's row of the last block's attention, over the patches. Waits for the result. */
export async function attentionMap(view: View, { head }: AttentionMapOptions = {}): Promise<TokenMap> {
  const [map] = await toMaps('attention', view, [undefined], 'logit', attentionRow(view, head));
  if (map === undefined) throw new ExplanationError('map', 'attention: there is no map');
  return map;
}

/**
 * Enqueues the scores, [1, patches].
 *
 * @param head from 0; the mean over all heads when not given
 */
export function attentionRow(view: View, head: number | undefined): Tensor {
  const { vit } = view;
  const { depth, heads, prefixTokens, classToken } = vit.config;
  if (!classToken) throw new ExplanationError('method', 'attention: the model has no class token whose attention could be shown; use cdam');
  if (head !== undefined && (!Number.isInteger(head) || head < 0 || head >= heads)) {
    throw new ExplanationError('method', `attention: there is no head ${head}; the model has heads 0 to ${heads - 1}`);
  }
  return tidy(vit.backend, () => {
    const { weights } = classAttention(vit, vit.norm1(depth - 1, view.tokens));
    const patches = slice(weights, 2, prefixTokens, weights.shape[2] ?? 0);
    const chosen = head === undefined ? mean(patches, { axes: [1] }) : slice(patches, 1, head, head + 1);
    return reshape(chosen, [1, -1]);
  });
}
