/**
 * Class-discriminative attention maps (Brocki, Binda and Chung, TMLR 2024).
 *
 * With T the tokens that enter the last attention (the output of norm1 in the last block) and f the target, the score of
 * patch token i is S_i = Σ_j T_ij · ∂f/∂T_ij: positive where the token speaks for the target, negative where it speaks against.
 */
import { reshape, type Tensor, tidy } from '@cdam/tensor';
import { labelOf } from '@cdam/vit';
import { ExplanationError } from './errors.ts';
import { lastBlockMaps, type Route, routeFor } from './last-block.ts';
import type { MethodName } from './methods/names.ts';
import { gradientsOf, isLatentTarget, isOtherSide, type Target } from './target-gradients.ts';
import { otherSideOf } from './targets.ts';
import { checkScores, type From, type MapTarget, type TokenMap } from './token-map.ts';
import type { View } from './view.ts';

export interface CdamOptions {
  /** For class targets: explain the logit (the default) or the probability. */
  readonly from?: From | undefined;
  /** How to compute; by default the closed form where it holds. */
  readonly route?: Route | undefined;
}

/** The map of one target. Waits for the result. */
export async function cdam(view: View, target: Target, options: CdamOptions = {}): Promise<TokenMap> {
  const [map] = await cdamMaps(view, [target], options);
  if (map === undefined) throw new ExplanationError('target', 'cdam: there is no target');
  return map;
}

/** The maps of several targets, read once. */
export async function cdamMaps(view: View, targets: readonly Target[], { from = 'logit', route }: CdamOptions = {}): Promise<TokenMap[]> {
  const described = describeTargets(view, targets);
  return targets.length === 0 ? [] : await toMaps('cdam', view, described, from, cdamScores(view, targets, from, route));
}

/** Enqueues the scores, [targets, patches]. */
export function cdamScores(view: View, targets: readonly Target[], from: From, route?: Route): Tensor {
  const { vit, tokens } = view;
  return tidy(vit.backend, () => {
    const scores =
      routeFor(vit, route) === 'autodiff'
        ? lastBlockMaps(vit, { stream: tokens }, targets, from, 'autodiff')
        : view.classRow.maps(gradientsOf(vit, view.classRow.latent, targets, from));
    return reshape(scores, [targets.length, -1]);
  });
}

/**
 * Reads scores, one row per target, and disposes them.
 *
 * @param targets undefined for the one map of a method that knows no classes
 * @param scores [targets, patches]
 */
export async function toMaps(
  method: MethodName,
  view: View,
  targets: readonly (MapTarget | undefined)[],
  from: From,
  scores: Tensor,
): Promise<TokenMap[]> {
  using read = scores;
  const values = await read.data();
  const patches = values.length / targets.length;
  const rows = targets.map((_, i) => values.slice(i * patches, (i + 1) * patches));
  return mapsOfRows(method, view, targets, from, rows);
}

/** Maps of scores that were read, one row of patches for each target. */
export function mapsOfRows(
  method: MethodName,
  { grid }: View,
  targets: readonly (MapTarget | undefined)[],
  from: From,
  rows: readonly Float32Array[],
): TokenMap[] {
  return targets.map((target, i) => {
    const scores = rows[i] ?? new Float32Array();
    return checkScores({ method, target, from: target?.kind === 'class' ? from : undefined, grid, scores });
  });
}

/** What the maps will say they speak about. @throws ExplanationError `target` for a class that does not exist */
export function describeTargets(view: View, targets: readonly Target[]): MapTarget[] {
  return targets.map((target) => describeTarget(view, target));
}

function describeTarget(view: View, target: Target): MapTarget {
  if (isLatentTarget(target)) return { kind: target.kind ?? 'latent', name: target.name };
  const { classes } = view.vit.config;
  const index = typeof target === 'number' ? target : target.index;
  if (!Number.isInteger(index) || index < 0 || index >= classes) {
    const found = classes === 0 ? 'no head' : `classes 0 to ${classes - 1}`;
    throw new ExplanationError('target', `cdam: there is no class ${index}; the model has ${found}`);
  }
  const label = labelOf(view.vit.config, index);
  return isOtherSide(target) ? otherSideOf(view.vit.config, { kind: 'class', index, label }) : { kind: 'class', index, label };
}
