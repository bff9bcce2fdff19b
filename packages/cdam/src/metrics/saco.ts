/**
 * The salience-guided faithfulness coefficient, SaCo (Wu et al., CVPR 2024): patches are divided into groups by their scores, and of two
 * groups the one with higher scores should matter more to the class. Unlike the curves, which remove group after group, each group is
 * removed by itself, and pairs count by how far apart their scores are.
 */
import type { View } from '../view/view.ts';
import { rankPatches } from './curves.ts';
import { flagsOf, type Removal, scoresWithout } from './removal.ts';
import { meanOf } from './statistics.ts';

/** How groups are made and removed. */
export interface SacoOptions {
  /** What replaces a removed patch: the mean of the picture by default, as in the paper. */
  readonly removal?: Removal | undefined;
  /** How many groups there are: 10 by default, as in the paper; no more than patches. */
  readonly groups?: number | undefined;
  /** Seed of the order of patches of equal score. */
  readonly seed?: number | undefined;
}

/** A group of patches. */
export interface SalienceGroup {
  /** The mean score of its patches. */
  readonly salience: number;
  /** How far the probability of the class falls without them. */
  readonly drop: number;
}

/**
 * SaCo: Σ ±(s_i − s_j) / Σ |s_i − s_j| over all pairs of groups with s_i ≥ s_j, where the sign is + when the drop of group i is at least
 * that of group j. From −1 to 1, higher is better, and 0 is chance. NaN where all groups have one score.
 *
 * In the paper s is the sum over the pixels of a group. Here it is the mean over its patches, which differs by a factor only, since the
 * number of patches can seldom be divided by ten, and a sum would favour groups with one patch more.
 *
 * @param groups in the order of their salience, highest first
 */
export function salienceCoefficient(groups: readonly SalienceGroup[]): number {
  let [signed, all] = [0, 0];
  for (const [i, higher] of groups.entries()) {
    for (const lower of groups.slice(i + 1)) {
      const weight = higher.salience - lower.salience;
      signed += higher.drop >= lower.drop ? weight : -weight;
      all += weight;
    }
  }
  return all === 0 ? Number.NaN : signed / all;
}

/**
 * SaCo of maps: see `salienceCoefficient`. It costs as many forward passes for each map as there are groups.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one coefficient for each map
 */
export async function saco(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  { removal = 'mean', groups = 10, seed = 0 }: SacoOptions = {},
): Promise<number[]> {
  const patches = view.grid[0] * view.grid[1];
  const count = Math.min(groups, patches);
  const grouped = maps.map((map) => {
    const order = rankPatches(map, seed);
    return Array.from({ length: count }, (_, i) => order.slice(...[i, i + 1].map((k) => Math.round((k * patches) / count))));
  });
  const removed = grouped.flatMap((some) => some.map((group) => flagsOf(group, patches)));
  const [whole, ...parts] = await scoresWithout(view, target, [new Uint8Array(patches), ...removed], removal);
  const drops = parts.map(({ probability }) => (whole?.probability ?? Number.NaN) - probability);
  return maps.map((map, m) =>
    salienceCoefficient(
      (grouped[m] ?? []).map((group, i) => ({
        salience: meanOf(group.map((patch) => map[patch] ?? Number.NaN)),
        drop: drops[m * count + i] ?? Number.NaN,
      })),
    ),
  );
}
