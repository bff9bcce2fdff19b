/**
 * Correctness by random regions: if the scores are right, their sum over a region predicts how far the logit falls when the region is
 * removed.
 */
import { Random } from '@cdam/tensor';
import type { View } from '../view/view.ts';
import { logitDrops, mostRemovable, type Removal, type Removed } from './removal.ts';
import { meanOf, pearson } from './statistics.ts';

/** How regions are drawn and removed. */
export interface RegionOptions {
  /** What replaces a removed patch. */
  readonly removal?: Removal | undefined;
  /** How many regions are drawn: 100 by default. */
  readonly draws?: number | undefined;
  /** Seed of the regions. */
  readonly seed?: number | undefined;
}

/** The sizes of the sets in `sensitivityN`, as shares of all patches. */
const SET_SIZES = [0.1, 0.25, 0.5];

/** Squares of `side`×`side` patches at random places, as flags of the patches. */
export function randomBoxes([rows, columns]: readonly [number, number], side: number, draws: number, random: Random): Removed[] {
  return Array.from({ length: draws }, () => {
    const [top, left] = [random.below(rows - side + 1), random.below(columns - side + 1)];
    const inside = (patch: number): boolean => {
      const [y, x] = [Math.floor(patch / columns) - top, (patch % columns) - left];
      return y >= 0 && y < side && x >= 0 && x < side;
    };
    return Uint8Array.from({ length: rows * columns }, (_, patch) => (inside(patch) ? 1 : 0));
  });
}

/** Random sets of `size` patches, as flags of the patches. */
export function randomSets(patches: number, size: number, draws: number, random: Random): Removed[] {
  return Array.from({ length: draws }, () => {
    const flags = new Uint8Array(patches);
    const order = random.shuffle(Array.from({ length: patches }, (_, i) => i));
    for (const patch of order.slice(0, size)) flags[patch] = 1;
    return flags;
  });
}

/** The sum of the scores in each region. */
function sumsOver(map: Float32Array, regions: readonly Removed[]): number[] {
  return regions.map((flags) => flags.reduce((sum, inside, i) => sum + inside * (map[i] ?? Number.NaN), 0));
}

/**
 * Box sensitivity, as in the authors' evaluation: Pearson's correlation, over random boxes, between the sum of the map in a box and the
 * drop of the logit when the box is removed; it is blurred by default. All boxes are squares with a quarter of the shorter side of the
 * grid, since larger boxes would have larger sums and larger drops for any positive map. Higher is better.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one correlation for each map
 */
export async function boxSensitivity(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  { removal = 'blur', draws = 100, seed = 0 }: RegionOptions = {},
): Promise<number[]> {
  const side = Math.max(1, Math.round(Math.min(...view.grid) / 4));
  const boxes = randomBoxes(view.grid, side, draws, new Random(seed));
  const drops = await logitDrops(view, target, boxes, removal);
  return maps.map((map) => pearson(sumsOver(map, boxes), drops));
}

/**
 * Sensitivity-n (Ancona et al. 2018): as box sensitivity, but over random sets of n patches, which are set to zero by default. The result
 * is the mean over three values of n: a tenth, a quarter and half of the patches, with a third of the draws each. Higher is better.
 */
export async function sensitivityN(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  { removal = 'zero', draws = 100, seed = 0 }: RegionOptions = {},
): Promise<number[]> {
  const patches = view.grid[0] * view.grid[1];
  const random = new Random(seed);
  const each = Math.ceil(draws / SET_SIZES.length);
  const sets = SET_SIZES.map((share) => randomSets(patches, Math.max(1, Math.round(share * patches)), each, random));
  const drops = await logitDrops(view, target, sets.flat(), removal);
  return maps.map((map) => meanOf(sets.map((some, i) => pearson(sumsOver(map, some), drops.slice(i * each, (i + 1) * each)))));
}

/**
 * Infidelity (Yeh et al. 2019), independent of the scale of the map, as with `normalize=True` in Captum: the mean of
 * (β·Σ_S φ − [f(x) − f(x without S)])² over random sets S of patches of any size, with the β that makes it smallest; φ are the scores.
 * Patches are set to zero by default. The unit is squared logits; lower is better.
 */
export async function infidelity(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  { removal = 'zero', draws = 100, seed = 0 }: RegionOptions = {},
): Promise<number[]> {
  const patches = view.grid[0] * view.grid[1];
  const random = new Random(seed);
  const most = mostRemovable(view, removal);
  const sets = Array.from({ length: draws }, () => randomSets(patches, 1 + random.below(most), 1, random)).flat();
  const drops = await logitDrops(view, target, sets, removal);
  return maps.map((map) => {
    const sums = sumsOver(map, sets);
    const scale = meanOf(sums.map((sum, i) => sum * (drops[i] ?? 0))) / meanOf(sums.map((sum) => sum * sum));
    return meanOf(sums.map((sum, i) => (scale * sum - (drops[i] ?? 0)) ** 2));
  });
}
