/**
 * TIS, Transformer Input Sampling (Englebert et al., ICCV workshops 2023): the target is computed from many halves of the picture, and a
 * patch scores as high as the halves that have it. What is left out is not painted over: its tokens are dropped, so nothing of them is left.
 *
 * The halves are not drawn at random. Each channel of each block's output is a picture over the patches; k-means reduces them to
 * centroids, and a mask keeps the patches where a centroid is highest. Prefix tokens always stay.
 *
 * The map is the mean of the target over the masks that keep a patch, in the unit of the target. Every mask keeps other patches too, so a score
 * has no zero of its own, and the means of a probability are all positive: patches differ by more or less, and the authors stretch them to 0…1
 * before they show them. They explain the probability of the class, which is the default here too.
 */
import { concat, reshape, slice, type Tensor, tidy, transpose } from '@cdam/tensor';
import { readRows } from '../maps/token-map.ts';
import { kMeans } from '../steps/clustering.ts';
import { mapOfMasks, shareOfMask } from '../steps/masks.ts';
import { scoresOf } from '../targets/scores.ts';
import type { From, Target } from '../targets/target.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method, type ReadScores } from './method.ts';
import { type MethodOption, oneOf, SEED, share, wholeNumber } from './options.ts';

interface TisOptions {
  readonly from: From;
  readonly masks: number;
  readonly tokens: number;
  readonly seed: number;
}

/** The share of patches that a mask keeps: more than none, and not all, since masks that are alike tell no patches apart. */
const TOKENS: MethodOption<number> = {
  ...share(0.5, 'the share of patches that each mask keeps'),
  wanted: 'a number above 0 and below 1',
  accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
};

export const tis: Method<'tis', TisOptions> = defineMethod({
  name: 'tis',
  summary: 'mean target over many halves of the picture that have the patch, the rest dropped (Englebert et al. 2023)',
  needs: 'many forward passes',
  cost: 'half of masks, for all targets',
  classSpecific: true,
  sign: 'level',
  unit: 'target',
  options: {
    from: oneOf(['probability', 'logit', 'log-odds'], 'what the masks are scored by'),
    masks: wholeNumber(2, 1024, 'how many masks'),
    tokens: TOKENS,
    seed: SEED,
  },
  async read(view, targets, { from, masks, tokens, seed }): Promise<ReadScores[]> {
    using channels = tidy(view.vit.backend, () => channelPictures(view));
    const kept = (await kMeans(channels, masks, seed)).map((centroid) => highest(centroid, tokens));
    const scores = await readRows(scoresOfKept(view, kept, targets, from));
    const shown = sharesOf(kept, channels.shape[1] ?? 0);
    return scores.map((row) => ({ scores: mapOfMasks(row, shown) }));
  },
});

/** The outputs of all blocks at the patches, one row for each block and channel: [depth·width, patches]. */
function channelPictures(view: View): Tensor {
  const { vit } = view;
  const { prefixTokens } = vit.config;
  const outputs: Tensor[] = [];
  let stream = vit.embed(view.input());
  for (const block of vit.blocks) {
    stream = block.run(stream);
    outputs.push(slice(stream, 1, prefixTokens, stream.shape[1] ?? 0));
  }
  const patches = view.grid[0] * view.grid[1];
  return transpose(reshape(concat(outputs, 2), [patches, -1]));
}

/** The patches with the highest values, in the order of the picture; of equal values the first are taken. */
function highest(values: Float32Array, portion: number): number[] {
  const count = Math.max(1, Math.floor(portion * values.length));
  const order = Array.from(values.keys()).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** The targets from the kept patches alone, [targets, masks]. */
function scoresOfKept(view: View, kept: readonly (readonly number[])[], targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  const { prefixTokens, width } = vit.config;
  const prefix = Array.from({ length: prefixTokens }, (_, i) => i);
  const sequences = kept.map((patches) => [...prefix, ...patches.map((patch) => prefixTokens + patch)]);
  return tidy(vit.backend, () => {
    const embedded = reshape(vit.embed(view.input()), [-1, width]);
    const batches = inBatches(sequences, vit.activationBytes(sequences[0]?.length), batchMemory(vit.backend));
    const parts = batches.map((batch) => tidy(vit.backend, () => scoresOf(vit, vit.latentsOf(embedded, batch), targets, from)));
    return concat(parts, 1);
  });
}

/** For each mask its share in each patch: see `mapOfMasks`. */
function sharesOf(kept: readonly (readonly number[])[], patches: number): Float32Array[] {
  const all = new Float32Array(patches);
  for (const patch of kept.flat()) all[patch] = (all[patch] ?? 0) + 1;
  return kept.map((own) => {
    const mask = new Float32Array(patches);
    for (const patch of own) mask[patch] = 1;
    return mask.map((value, patch) => shareOfMask(value, all[patch] ?? 0, kept.length));
  });
}
