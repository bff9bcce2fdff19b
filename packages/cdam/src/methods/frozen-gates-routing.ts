/**
 * Frozen gates with routing: what each patch contributes by its content (see frozen-gates.ts), and by the attention that it draws. The second
 * part is Σ_l Σ_h Σ_q A_qi·(dA_qi − Σ_k A_qk·dA_qk), where A is the attention of block l, dA = ∂f/∂A by the true rule, and q and k run over
 * all tokens: the derivative of f by the logarithm of the token's mass in every softmax. A mass of zero is a token that was dropped. It is
 * also the derivative by the scores of which A is the softmax, which the tape has on its way.
 */
import { add, concat, reshape, slice, sum, type Tensor } from '@cdam/tensor';
import { passGradients } from '../steps/pass-gradients.ts';
import type { From } from '../targets/target.ts';
import { addUp, meanProduct } from './frozen-gates.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const frozenGatesRouting: Method<'frozen-gates-routing', { from: From }> = defineMethod({
  name: 'frozen-gates-routing',
  summary: 'frozen gates, and how the attention that a patch draws moves the target',
  needs: 'all blocks',
  cost: 'about 2',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { streams, scores } = view.pass;
    const { prefixTokens } = view.vit.config;
    const content = passGradients(view, targets, from, streams, 'frozen-gates');
    const drawn = passGradients(view, targets, from, scores, 'true');
    const maps = targets.map((_, t) => add(meanProduct(streams, content[t] ?? [], prefixTokens), routing(drawn[t] ?? [], prefixTokens)));
    return concat(maps, 0);
  },
});

/** The sum over all queries of all heads and blocks: [1, patches]. @param gradients by the scores of each block, [1, heads, queries, tokens] */
function routing(gradients: readonly Tensor[], prefixTokens: number): Tensor {
  const total = addUp(gradients.map((gradient) => sum(reshape(gradient, [-1, gradient.shape[3] ?? 0]), { axes: [0], keepDims: true })));
  return slice(total, 1, prefixTokens, total.shape[1] ?? 0);
}
