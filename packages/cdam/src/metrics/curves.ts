/**
 * Correctness by removing patches in the order of their scores. If a map is right, the class is lost early when the patches with the
 * highest scores are removed first, and late when those with the lowest scores are.
 *
 * Patches are ranked and not pixels, since all pixels of a patch have one score. Patches of equal score are in random order, which is the
 * same for both directions.
 */
import { Random } from '@cdam/tensor';
import type { View } from '../view/view.ts';
import { type ClassScore, flagsOf, mostRemovable, type Removal, scoresWithout } from './removal.ts';

/** How patches are removed. */
export interface CurveOptions {
  /** What replaces a removed patch. */
  readonly removal?: Removal | undefined;
  /** In how many steps all patches are removed: 20 by default (the authors' package: 40). */
  readonly steps?: number | undefined;
  /** Seed of the order of patches of equal score. */
  readonly seed?: number | undefined;
}

/** The indices of the patches by score, highest first; those of equal score in random order. */
export function rankPatches(scores: Float32Array, seed = 0): number[] {
  const shuffled = new Random(seed).shuffle(Array.from(scores.keys()));
  return shuffled.sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0));
}

/** The scores of the class while patches are removed in each of the orders, at `steps` + 1 points. */
async function removalCurves(
  view: View,
  target: number,
  orders: readonly (readonly number[])[],
  removal: Removal,
  steps: number,
): Promise<ClassScore[][]> {
  const patches = view.grid[0] * view.grid[1];
  const most = mostRemovable(view, removal);
  const removed = orders.flatMap((order) =>
    Array.from({ length: steps + 1 }, (_, k) => flagsOf(order.slice(0, Math.min(most, Math.round((k / steps) * patches))), patches)),
  );
  const scores = await scoresWithout(view, target, removed, removal);
  return orders.map((_, i) => scores.slice(i * (steps + 1), (i + 1) * (steps + 1)));
}

/** The area under a curve over an interval of length 1, by the trapezoidal rule. */
function areaUnder(values: readonly number[]): number {
  const inner = values.slice(1, -1).reduce((sum, value) => sum + value, 0);
  return (inner + ((values[0] ?? Number.NaN) + (values.at(-1) ?? Number.NaN)) / 2) / (values.length - 1);
}

/**
 * The area between two curves of the logit: that of removing the patches with the lowest scores first, and that of removing those with
 * the highest scores first. It is the authors' fidelity (obzai, eval_tool.py), on patches. Higher is better; 0 is chance.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one area for each map, in logits
 */
export async function areaBetweenCurves(
  view: View,
  target: number,
  maps: readonly Float32Array[],
  options: CurveOptions = {},
): Promise<number[]> {
  const { removal = 'mean', steps = 20, seed = 0 } = options;
  const orders = maps.map((map) => rankPatches(map, seed));
  const backwards = orders.map((order) => order.toReversed());
  const curves = await removalCurves(view, target, [...orders, ...backwards], removal, steps);
  const areas = curves.map((curve) => areaUnder(curve.map(({ logit }) => logit)));
  return orders.map((_, i) => (areas[orders.length + i] ?? Number.NaN) - (areas[i] ?? Number.NaN));
}

/**
 * Deletion (RISE, Petsiuk et al. 2018): the area under the curve of the probability while the patches with the highest scores are removed
 * first; they are set to zero by default. Lower is better.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one area for each map, from 0 to 1
 */
export async function deletion(view: View, target: number, maps: readonly Float32Array[], options: CurveOptions = {}): Promise<number[]> {
  const { removal = 'zero', steps = 20, seed = 0 } = options;
  const orders = maps.map((map) => rankPatches(map, seed));
  const curves = await removalCurves(view, target, orders, removal, steps);
  return curves.map((curve) => areaUnder(curve.map(({ probability }) => probability)));
}

/**
 * Insertion (RISE, Petsiuk et al. 2018): the area under the curve of the probability while the patches with the highest scores are put
 * into the blurred picture first. Higher is better.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one area for each map, from 0 to 1
 */
export async function insertion(view: View, target: number, maps: readonly Float32Array[], options: CurveOptions = {}): Promise<number[]> {
  const { removal = 'blur', steps = 20, seed = 0 } = options;
  // The curve is computed by removal, so patches that come first are removed last.
  const orders = maps.map((map) => rankPatches(map, seed).toReversed());
  const curves = await removalCurves(view, target, orders, removal, steps);
  return curves.map((curve) => areaUnder(curve.map(({ probability }) => probability)));
}
