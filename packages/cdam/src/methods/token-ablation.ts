/**
 * Token ablation: how much the target falls when the token of patch i is dropped after the position embedding, f(x) − f(x without i).
 * It costs one forward pass for each patch; these run in batches of sequences that are one token shorter.
 */
import { broadcastTo, concat, reshape, sub, tidy } from '@cdam/tensor';
import { scoresOf } from '../targets/scores.ts';
import type { From } from '../targets/target.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM } from './options.ts';

export const tokenAblation: Method<'token-ablation', { from: From }> = defineMethod({
  name: 'token-ablation',
  summary: 'how much the target falls when a patch is dropped',
  needs: 'many forward passes',
  cost: 'one per patch, for all targets',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM },
  scores(view, targets, { from }) {
    const { vit } = view;
    const { prefixTokens, width } = vit.config;
    const embedded = reshape(vit.embed(view.input()), [-1, width]);
    const all = Array.from({ length: embedded.shape[0] ?? 0 }, (_, i) => i);
    const patches = all.slice(prefixTokens);
    const batches = inBatches(patches, vit.activationBytes(), batchMemory(vit.backend));
    const parts = batches.map((dropped) => {
      const sequences = dropped.map((drop) => all.filter((i) => i !== drop));
      return tidy(vit.backend, () => scoresOf(vit, vit.latentsOf(embedded, sequences), targets, from));
    });
    const whole = scoresOf(vit, vit.latentsOf(embedded, [all]), targets, from);
    return sub(broadcastTo(whole, [targets.length, patches.length]), concat(parts, 1));
  },
});
