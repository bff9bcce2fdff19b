/**
 * LeGrad (Bousselham et al., ICCV 2025): how sensitive the target is to the attention of each block, if it is read off right behind that
 * block. For block l, z_l is what the model's readout (final norm, then class token or mean over patches) makes of the residual stream
 * after it, and s_l is the target of z_l. The score is the sum over the blocks of (∂s_l/∂A_l)⁺, mean over heads and over queries, where A_l
 * is the block's attention.
 *
 * These are the raw sums; the authors' code then stretches a map to 0 … 1. It also takes only the last two blocks unless told otherwise,
 * and reads CLIP models off the mean over all tokens; here it is every block, as in the paper, and the tokens that the head reads. Where
 * that is the class token alone, it is the only query whose gradient is not zero, so that one row of each block is computed.
 */
import { concat, matmul, mul, relu, reshape, slice, sum, type Tensor, transpose } from '@cdam/tensor';
import type { Block } from '@cdam/vit';
import { gradientsOf } from '../targets/gradients.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const legrad: Method<'legrad', { from: From }> = defineMethod({
  name: 'legrad',
  summary: 'gradient by the attention of each block, read off right behind it (LeGrad)',
  needs: 'attention of all blocks',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'non-negative',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { heads, prefixTokens } = view.vit.config;
    const gradients = view.vit.blocks.map((block, i) => attentionGradients(view, block, i, targets, from));
    const maps = targets.map((_, t) => {
      const perBlock = gradients.map((ofBlock) => sum(relu(ofBlock[t] as Tensor), { axes: [1, 2] }));
      return sum(concat(perBlock, 0), { axes: [0], keepDims: true });
    });
    const all = concat(maps, 0);
    const tokens = all.shape[1] ?? 1;
    return mul(slice(all, 1, prefixTokens, tokens), 1 / (heads * tokens));
  },
});

/** ∂s_l/∂A_l of each target, [1, heads, queries, tokens]; the queries are the first of the tokens, as many as have a gradient. */
function attentionGradients(view: View, block: Block, index: number, targets: readonly Target[], from: From): Tensor[] {
  const { vit, pass } = view;
  const { heads, width } = vit.config;
  const [stream, weights] = [pass.streams[index] as Tensor, pass.weights[index] as Tensor];
  const read = rowsRead(view, weights.shape[2] ?? 1);
  const attention = slice(weights, 2, 0, read);
  const values = transpose(reshape(block.part('value', block.norm1(stream)), [1, -1, heads, width / heads]), [0, 2, 1, 3]);
  const entered = slice(stream, 1, 0, read);
  return gradientsOf(vit, targets, from, attention, () => {
    const mixed = reshape(transpose(matmul(attention, values), [0, 2, 1, 3]), [1, read, width]);
    return { latent: vit.latent(block.transform(block.project(mixed, entered))), by: [attention] };
  }).flat();
}

/** How many tokens, from the first, the head reads. @param all how many there are */
function rowsRead({ vit: { config } }: View, all: number): number {
  if (config.pool === 'avg') return all;
  return config.distilledHead ? 2 : 1;
}
