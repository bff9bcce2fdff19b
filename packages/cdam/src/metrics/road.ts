/**
 * Remove and debias, ROAD (Rong et al., ICML 2022): the probability of the class while patches are removed in the order of their scores,
 * where what is removed is filled in from its surroundings with a little noise. The curves of other removals leave squares whose outline
 * tells the model something by itself; here there is little to see.
 */
import { Random } from '@cdam/tensor';
import type { View } from '../view/view.ts';
import { rankPatches } from './curves.ts';
import { fillIn } from './imputation.ts';
import { scoresOfPictures } from './removal.ts';
import { meanOf } from './statistics.ts';

/** How patches are removed. */
export interface RoadOptions {
  /** The shares of patches that are removed: 0.1, 0.2, … 0.9 by default, as in pytorch-grad-cam. */
  readonly shares?: readonly number[] | undefined;
  /** The deviation of the noise on pixels that are filled in, in units of the normalised input: 0.01 by default, as published. */
  readonly noise?: number | undefined;
  /** Seed of the noise, and of the order of patches of equal score. */
  readonly seed?: number | undefined;
}

const SHARES: readonly number[] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/**
 * ROAD combined, as in pytorch-grad-cam: half the difference between the mean probability of the class when the patches with the lowest
 * scores are removed and that when those with the highest scores are. Higher is better; 0 is chance. The noise of a pixel is the same for
 * all maps and shares.
 *
 * A map costs two forward passes for each share, and as many sparse linear systems.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one number for each map, from −0.5 to 0.5
 */
export async function road(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  { shares = SHARES, noise = 0.01, seed = 0 }: RoadOptions = {},
): Promise<number[]> {
  const random = new Random(seed).normals(view.pixels.length).map((value) => noise * value);
  const patches = view.grid[0] * view.grid[1];
  const found: number[] = [];
  for (const map of maps) {
    const order = rankPatches(map, seed);
    const pictures = [order.toReversed(), order].flatMap((sequence) =>
      shares.map((share) => pictureWithout(view, sequence.slice(0, Math.min(patches - 1, Math.round(share * patches))), random)),
    );
    const probabilities = (await scoresOfPictures(view.vit, target, pictures)).map(({ probability }) => probability);
    found.push((meanOf(probabilities.slice(0, shares.length)) - meanOf(probabilities.slice(shares.length))) / 2);
  }
  return found;
}

/** The picture without some patches, which are filled in. */
function pictureWithout({ vit, grid, pixels }: View, patches: readonly number[], noise: Float32Array): Float32Array {
  const { inputHeight, inputWidth, patchHeight, patchWidth } = vit.config;
  const gone = new Set(patches);
  const removed = Uint8Array.from({ length: inputHeight * inputWidth }, (_, i) => {
    const [row, column] = [Math.floor(Math.floor(i / inputWidth) / patchHeight), Math.floor((i % inputWidth) / patchWidth)];
    return gone.has(row * grid[1] + column) ? 1 : 0;
  });
  const filled = fillIn(pixels, removed, [inputHeight, inputWidth]);
  return filled.map((value, i) => (removed[i % removed.length] === 1 ? value + (noise[i] ?? 0) : value));
}
