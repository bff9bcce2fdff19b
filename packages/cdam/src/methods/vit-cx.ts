/**
 * ViT-CX (Xie et al., IJCAI 2023): the model's own features as masks over the pixels, and how much of the target is left of the picture
 * that a mask shows.
 *
 * T, the output of the last block's norm1, has for each channel a picture over the patches. They are enlarged to pixels and stretched to
 * 0…1. Those whose cosine distance is below a threshold are added up, which leaves a few dozen masks m (about 30 in DeiT-Ti). Where a mask hides the picture, noise
 * is shown instead. Noise moves the target by itself, so that is taken off: s = f(x·m + n·(1 − m)) − f(x + n·(1 − m)) + f(x).
 *
 * The map is the mean of s, weighted by m at each pixel and averaged over each patch, in the unit of the target. Every mask shows other patches
 * too, so a score has no zero of its own: the level of all is that of f(x), and patches differ by more or less. (The published code divides by
 * the number of masks too, which is one factor for all pixels.) The authors explain the probability of the class, which is the default here.
 */
import { concat, Random, type Tensor, tensor, tidy } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { readRows } from '../maps/token-map.ts';
import { completeLinkage } from '../steps/clustering.ts';
import { Interpolation } from '../steps/interpolation.ts';
import { mapOfMasks, shareOfMask } from '../steps/masks.ts';
import { scoresOf } from '../targets/scores.ts';
import type { From, Target } from '../targets/target.ts';
import { batchMemory, inBatches } from '../view/batches.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method, type ReadScores } from './method.ts';
import { oneOf, SEED, share } from './options.ts';

interface VitCxOptions {
  readonly from: From;
  readonly threshold: number;
  readonly noise: number;
  readonly seed: number;
}

export const vitCx: Method<'vit-cx', VitCxOptions> = defineMethod({
  name: 'vit-cx',
  summary: 'target of the picture under masks made of the last features, corrected for the noise behind them (Xie et al. 2023)',
  needs: 'many forward passes',
  cost: 'two per mask, for all targets',
  classSpecific: true,
  sign: 'level',
  unit: 'target',
  options: {
    from: oneOf(['probability', 'logit', 'log-odds'], 'what the masks are scored by'),
    threshold: share(0.1, 'features whose cosine distance is below become one mask'),
    noise: share(0.1, 'deviation of the noise where a mask hides the picture, in units of the normalised input'),
    seed: SEED,
  },
  async read(view, targets, { from, threshold, noise, seed }): Promise<ReadScores[]> {
    const masks = await masksOf(view, threshold);
    const scores = await causalScores(view, masks, targets, from, noise, seed);
    const shown = sharesOf(view, masks);
    return scores.map((row) => ({ scores: mapOfMasks(row, shown) }));
  },
});

/** A mask over the pixels. It is made anew each time it is needed, because all masks together can be larger than the model. */
type Mask = () => Float64Array;

/** Stretches values to 0…1 in place; undefined where all are equal. */
function stretched(values: Float64Array): { values: Float64Array; lowest: number; range: number } | undefined {
  const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const range = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY) - lowest;
  if (range === 0) return undefined;
  for (let i = 0; i < values.length; i++) values[i] = ((values[i] ?? 0) - lowest) / range;
  return { values, lowest, range };
}

/** The masks: clusters of the channels of T. Channels that are the same everywhere show nothing, and are left out. */
async function masksOf(view: View, threshold: number): Promise<Mask[]> {
  const { prefixTokens, width, inputHeight, inputWidth } = view.vit.config;
  const interpolation = new Interpolation(view.grid, inputHeight, inputWidth);
  using tokens = tidy(view.vit.backend, () => view.tokens());
  const values = (await tokens.data()).subarray(prefixTokens * width);
  // Interpolation keeps constants, so stretching the patches' values by the range of the pixels stretches the pixels.
  const features = Array.from({ length: width }, (_, channel) => {
    const own = Float64Array.from({ length: values.length / width }, (_, patch) => values[patch * width + channel] ?? 0);
    const found = stretched(interpolation.enlarge(own));
    return found && { grid: own.map((value) => (value - found.lowest) / found.range), gathered: interpolation.gather(found.values) };
  }).filter((feature) => feature !== undefined);
  if (features.length === 0)
    throw new ExplanationError('method', 'vit-cx: the features of the last block are the same in every patch; there are no masks');
  const clusters = completeLinkage(cosineDistances(features), features.length, threshold);
  if (clusters.length === 1) {
    throw new ExplanationError(
      'method',
      `vit-cx: a threshold of ${threshold} makes one mask of all features, which tells no patches apart; give a smaller one`,
    );
  }
  return clusters.map((members) => {
    const sum = new Float64Array(view.grid[0] * view.grid[1]);
    for (const member of members)
      for (const [patch, value] of (features[member]?.grid ?? []).entries()) sum[patch] = (sum[patch] ?? 0) + value;
    return () => stretched(interpolation.enlarge(sum))?.values ?? new Float64Array(inputHeight * inputWidth);
  });
}

/** A channel of T, stretched, and the transpose of the interpolation of its pixels. */
interface Feature {
  readonly grid: Float64Array;
  readonly gathered: Float64Array;
}

/** Cosine distances of the pixels of features: ⟨Ua, Ub⟩ = ⟨a, Uᵀ(Ub)⟩, so that products are over patches and not over pixels. */
function cosineDistances(features: readonly Feature[]): Float64Array {
  const count = features.length;
  const products = new Float64Array(count * count);
  for (const [i, { grid }] of features.entries()) {
    for (const [j, { gathered }] of features.entries()) {
      let sum = 0;
      for (let patch = 0; patch < grid.length; patch++) sum += (grid[patch] ?? 0) * (gathered[patch] ?? 0);
      products[i * count + j] = sum;
    }
  }
  const squared = (i: number): number => products[i * count + i] ?? 0;
  return products.map((product, k) => 1 - product / Math.sqrt(squared(Math.floor(k / count)) * squared(k % count)));
}

/** s of each mask, [masks] for each target. */
async function causalScores(
  view: View,
  masks: readonly Mask[],
  targets: readonly Target[],
  from: From,
  noise: number,
  seed: number,
): Promise<Float32Array[]> {
  const { vit } = view;
  const random = new Random(seed);
  const score = (pixels: Tensor): Tensor => scoresOf(vit, vit.readout(vit.backbone(pixels)), targets, from);
  const rows = await readRows(
    tidy(vit.backend, () => {
      const parts = inBatches(masks, 2 * vit.activationBytes(), batchMemory(vit.backend)).map((batch) =>
        tidy(vit.backend, () => score(hiddenPictures(view, batch, noise, random))),
      );
      return concat([score(view.input()), ...parts], 1);
    }),
  );
  return rows.map(([whole = 0, ...rest]) => Float32Array.from(masks, (_, i) => (rest[2 * i] ?? 0) - (rest[2 * i + 1] ?? 0) + whole));
}

/** For each mask two pictures: what it shows, with noise elsewhere, and the whole picture with the same noise. [2·masks, channels, height, width] */
function hiddenPictures({ vit, pixels }: View, masks: readonly Mask[], noise: number, random: Random): Tensor {
  const { channels, inputHeight, inputWidth } = vit.config;
  const out = new Float32Array(2 * masks.length * pixels.length);
  for (const [i, mask] of masks.entries()) {
    const [shown, normals] = [mask(), random.normals(pixels.length)];
    const at = 2 * i * pixels.length;
    for (let k = 0; k < pixels.length; k++) {
      const m = shown[k % shown.length] ?? 0;
      const added = noise * (normals[k] ?? 0) * (1 - m);
      out[at + k] = (pixels[k] ?? 0) * m + added;
      out[at + pixels.length + k] = (pixels[k] ?? 0) + added;
    }
  }
  return tensor(vit.backend, out, [2 * masks.length, channels, inputHeight, inputWidth]);
}

/** For each mask its share in each patch, the mean over the pixels of the patch: see `mapOfMasks`. */
function sharesOf({ vit, grid }: View, masks: readonly Mask[]): Float32Array[] {
  const { inputHeight, inputWidth, patchHeight, patchWidth } = vit.config;
  const all = new Float64Array(inputHeight * inputWidth);
  for (const mask of masks) for (const [pixel, value] of mask().entries()) all[pixel] = (all[pixel] ?? 0) + value;
  return masks.map((mask) => {
    const shares = new Float32Array(grid[0] * grid[1]);
    for (const [pixel, value] of mask().entries()) {
      const [y, x] = [Math.floor(pixel / inputWidth), pixel % inputWidth];
      const patch = Math.floor(y / patchHeight) * grid[1] + Math.floor(x / patchWidth);
      shares[patch] = (shares[patch] ?? 0) + shareOfMask(value, all[pixel] ?? 0, masks.length) / (patchHeight * patchWidth);
    }
    return shares;
  });
}
