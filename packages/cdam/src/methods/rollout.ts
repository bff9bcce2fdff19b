/**
 * Attention rollout (Abnar and Zuidema 2020): the class token's row of the product, over all blocks, of ½·(Ā + I), where Ā is the mean of
 * the attention weights over heads and I stands for the skip connection. It is the same for every class.
 */
import { add, matmul, mean, mul } from '@cdam/tensor';
import { attentivePass, carryClassRow } from '../steps/block-attentions.ts';
import { defineMethod, type Method } from './method.ts';

export const rollout: Method<'rollout', Record<string, never>> = defineMethod({
  name: 'rollout',
  summary: 'attention rollout through all blocks (Abnar and Zuidema 2020)',
  needs: 'attention of all blocks',
  cost: '1',
  classSpecific: false,
  sign: 'non-negative',
  unit: 'attention',
  options: {},
  scores(view) {
    const { weights } = attentivePass(view.vit, view.vit.embed(view.input()));
    const attentions = weights.map((weight) => mean(weight, { axes: [0, 1] }));
    // The factor ½ makes each row sum to 1, since the rows of Ā and of I do.
    return carryClassRow(view, attentions, (row, attention) => mul(add(row, matmul(row, attention)), 0.5));
  },
});
