/**
 * Relevance propagation (Chefer, Gur and Wolf, ICCV 2021). In each block, Ā = mean over heads of (∂f/∂A ⊙ A)⁺, where A are the attention
 * weights. R begins as the identity matrix, and each block makes R ← R + Ā·R. The map is the class token's row of R.
 */
import { add, concat, mean, mul, relu } from '@cdam/tensor';
import { carryClassRow } from '../steps/block-attentions.ts';
import { passGradients } from '../steps/pass-gradients.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const relevance: Method<'relevance', { from: From }> = defineMethod({
  name: 'relevance',
  summary: 'attention times its gradient, propagated through all blocks (Chefer et al., ICCV 2021)',
  needs: 'attention of all blocks',
  cost: '3',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'relevance',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { weights } = view.pass;
    // Only the class token's row of R is carried: r ← r + r·Ā.
    const rows = passGradients(view, targets, from, weights, 'true').map((gradients) => {
      const attentions = gradients.map((gradient, block) => mean(relu(mul(gradient, weights[block] ?? 0)), { axes: [0, 1] }));
      return carryClassRow(view, attentions, (row, product) => add(row, product));
    });
    return concat(rows, 0);
  },
});
