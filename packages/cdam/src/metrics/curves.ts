/**
 * Correctness by removing patches in the order of the map. If the map is right, the class is lost early when the most important
 * patches go first, and late when the least important ones do.
 *
 * Patches are ranked, never pixels: the pixels of a patch share one score, and an order among them would be chance. Patches of equal
 * score are put in an order drawn by lot, the same for both directions.
 */
import { Random } from '@cdam/tensor';
import type { View } from '../view/view.ts';
import { type ClassScore, type Removal, type Removed, scoresWithout } from './removal.ts';

export interface CurveOptions {
  /** What takes the place of a patch. */
  readonly removal?: Removal | undefined;
  /** Parts that the patches are removed in: 20 by default (the authors' package: 40). */
  readonly steps?: number | undefined;
  /** Of the lots between patches of equal score. */
  readonly seed?: number | undefined;
}

/** Patches by score, highest first; equal ones by lot. */
export function rankPatches(scores: Float32Array, seed = 0): number[] {
  const lots = new Random(seed).shuffle(Array.from(scores.keys()));
  return lots.sort((i, j) => (scores[j] ?? 0) - (scores[i] ?? 0));
}

/** The scores of each map's class as patches go, in the order of each map and backwards, at `steps` + 1 points each. */
async function removalCurves(
  view: View,
  target: number,
  orders: readonly (readonly number[])[],
  removal: Removal,
  steps: number,
): Promise<ClassScore[][]> {
  const patches = view.grid[0] * view.grid[1];
  // A mean over no patches is no number, so where the head reads that mean, one patch stays.
  const most = removal === 'drop' && view.vit.config.pool === 'avg' ? patches - 1 : patches;
  const removed = orders.flatMap((order) =>
    Array.from({ length: steps + 1 }, (_, k) => flagged(order, Math.min(most, Math.round((k / steps) * patches)))),
  );
  const scores = await scoresWithout(view, target, removed, removal);
  return orders.map((_, i) => scores.slice(i * (steps + 1), (i + 1) * (steps + 1)));
}

/** The first `count` patches of an order. */
function flagged(order: readonly number[], count: number): Removed {
  const flags = new Uint8Array(order.length);
  for (const patch of order.slice(0, count)) flags[patch] = 1;
  return flags;
}

/** By trapezoids, over a path of length 1. */
function areaUnder(values: readonly number[]): number {
  const inner = values.slice(1, -1).reduce((sum, value) => sum + value, 0);
  return (inner + ((values[0] ?? Number.NaN) + (values.at(-1) ?? Number.NaN)) / 2) / (values.length - 1);
}

/**
 * The area between the curves of the raw logit when the least and when the most important patches are removed first: the authors'
 * fidelity (obzai, eval_tool.py), on patches. Higher is better; 0 is chance.
 *
 * @param target class index
 * @param maps [patches] each
 * @returns one area per map, in logits
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
 * Deletion (Petsiuk et al. 2018, RISE): the area under the probability as the most important patches go first; zeroed by default.
 * Lower is better.
 */
export async function deletion(view: View, target: number, maps: readonly Float32Array[], options: CurveOptions = {}): Promise<number[]> {
  const { removal = 'zero', steps = 20, seed = 0 } = options;
  const orders = maps.map((map) => rankPatches(map, seed));
  const curves = await removalCurves(view, target, orders, removal, steps);
  return curves.map((curve) => areaUnder(curve.map(({ probability }) => probability)));
}

/**
 * Insertion (RISE): the area under the probability as the most important patches come first, into the blurred picture. Higher is
 * better.
 */
export async function insertion(view: View, target: number, maps: readonly Float32Array[], options: CurveOptions = {}): Promise<number[]> {
  const { removal = 'blur', steps = 20, seed = 0 } = options;
  // What comes first goes last.
  const orders = maps.map((map) => rankPatches(map, seed).toReversed());
  const curves = await removalCurves(view, target, orders, removal, steps);
  return curves.map((curve) => areaUnder(curve.map(({ probability }) => probability)));
}
