/**
 * Attention rollout (Abnar and Zuidema 2020): the class token's row of the product, over all blocks, of ½·(Ā + I), where Ā is the mean of
 * the attention weights over heads and I stands for the skip connection. It is the same for every class.
 */
import { add, mean, mul } from '@cdam/tensor';
import { carryClassRow } from '../steps/block-attentions.ts';
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
    const attentions = view.pass.weights.map((weights) => mean(weights, { axes: [0, 1] }));
    // A row of the attention sums to 1, so that of attention and skip path together sums to 2.
    return carryClassRow(view, attentions, (row, product) => mul(add(row, product), 0.5));
  },
});
