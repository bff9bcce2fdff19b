/**
 * The attention map: how much the class token attends to each patch in the last block. It is the same for every class, which is what a
 * class-discriminative map improves on.
 */
import { mean, reshape, slice } from '@cdam/tensor';
import { classAttention } from '../closed-form/class-attention.ts';
import { ExplanationError } from '../errors.ts';
import { defineMethod, type Method } from './method.ts';
import { optional, wholeNumber } from './options.ts';

export const attention: Method<'attention', { head: number | undefined }> = defineMethod({
  name: 'attention',
  summary: 'how much the class token attends to each patch in the last block',
  needs: 'class-token row',
  cost: 'under 0.01',
  classSpecific: false,
  sign: 'non-negative',
  unit: 'attention',
  options: { head: optional(wholeNumber(0, 0, 'one attention head, from 0, instead of the mean over all')) },
  scores(view, _, { head }) {
    const { heads, prefixTokens, classToken } = view.vit.config;
    if (!classToken)
      throw new ExplanationError('method', 'attention: the model has no class token, so there is no attention to show; use cdam');
    if (head !== undefined && head >= heads)
      throw new ExplanationError('method', `attention: there is no head ${head}; the model has heads 0 to ${heads - 1}`);
    const { weights } = classAttention(view.vit, view.tokens());
    const patches = slice(weights, 2, prefixTokens, weights.shape[2] ?? 0);
    const chosen = head === undefined ? mean(patches, { axes: [1] }) : slice(patches, 1, head, head + 1);
    return reshape(chosen, [1, -1]);
  },
});
