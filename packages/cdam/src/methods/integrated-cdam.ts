/**
 * Integrated CDAM: the mean of CDAM along a path from zero to what enters the last block (Brocki, Binda and Chung 2024, after
 * Integrated Gradients, Sundararajan et al. 2017). The backbone runs once.
 */
import { add, broadcastTo, concat, mul, slice, sub, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { describeTargets, mapsOfRows, toMaps } from '../cdam.ts';
import { ExplanationError } from '../errors.ts';
import { type LastBlockInput, tokenGradients } from '../last-block.ts';
import type { Target } from '../target-gradients.ts';
import { scoresOf } from '../target-scores.ts';
import type { Completeness, From, TokenMap } from '../token-map.ts';
import type { View } from '../view.ts';
import { meanMaps } from './mean-map.ts';

export interface IntegratedCdamOptions {
  readonly from?: From | undefined;
  /** Parts that the path is cut into; 50 by default. */
  readonly steps?: number | undefined;
  /**
   * `block-input`, as in the authors' package (the default): x_k = (k/steps)·x for k = 1 … steps − 1, at the block's input.
   * `norm1`, as in their later package without its noise: T_k = (k/steps)·T for k = 0 … steps, at the output of norm1.
   * `complete`: Integrated Gradients of T at the output of norm1; over all tokens, the class token included, its scores sum to
   * f(T) − f(0).
   */
  readonly variant?: 'block-input' | 'norm1' | 'complete' | undefined;
}

/** How far the sum of complete scores may be off: a share of the difference that it should be, and one of the magnitudes that sum to it. */
const GAP = { ofDifference: 0.02, ofMagnitudes: 0.001 };

/**
 * The maps of several targets, read once.
 *
 * @throws ExplanationError `method`, for the variant `complete`, when the scores do not sum to f(T) − f(0): the path needs more steps
 */
export async function integratedCdam(view: View, targets: readonly Target[], options: IntegratedCdamOptions = {}): Promise<TokenMap[]> {
  const described = describeTargets(view, targets);
  const { from = 'logit', steps = 50, variant } = options;
  if (targets.length === 0) return [];
  if (variant !== 'complete') return await toMaps('integrated-cdam', view, described, from, integratedScores(view, targets, options));
  using all = completeScores(view, targets, from, steps);
  using differences = differencesOf(view, targets, from);
  const [scores, made] = await Promise.all([all.data(), differences.data()]);
  const tokens = scores.length / targets.length;
  const rows = targets.map((_, i) => scores.slice(i * tokens, (i + 1) * tokens));
  const sums = rows.map((row, i) => checkComplete(row, made[i] ?? Number.NaN));
  const patches = rows.map((row) => row.subarray(view.vit.config.prefixTokens));
  return mapsOfRows('integrated-cdam', view, described, from, patches).map((map, i) => ({ ...map, completeness: sums[i] }));
}

/** Enqueues the scores, [targets, patches]. */
export function integratedScores(view: View, targets: readonly Target[], options: IntegratedCdamOptions): Tensor {
  const { from = 'logit', steps = 50, variant = 'block-input' } = options;
  if (variant !== 'complete') {
    checkSteps(steps);
    return meanOnPath(view, targets, from, steps, variant);
  }
  return tidy(view.vit.backend, () => {
    const all = completeScores(view, targets, from, steps);
    return slice(all, 1, view.vit.config.prefixTokens, all.shape[1] ?? 0);
  });
}

function checkSteps(steps: number): void {
  if (!Number.isInteger(steps) || steps < 2)
    throw new ExplanationError('method', `integrated-cdam: ${steps} steps; give a whole number from 2`);
}

function checkComplete(row: Float32Array, difference: number): Completeness {
  const sum = row.reduce((a, b) => a + b, 0);
  const magnitudes = row.reduce((a, b) => a + Math.abs(b), 0);
  const gap = Math.abs(sum - difference);
  if (gap <= GAP.ofDifference * Math.abs(difference) + GAP.ofMagnitudes * magnitudes) return { sum, difference };
  throw new ExplanationError(
    'method',
    `integrated-cdam: the scores of all tokens sum to ${sum.toPrecision(4)}, but the tokens make a difference of ` +
      `${difference.toPrecision(4)}; take more steps`,
  );
}

/** f(T) − f(0), the residual stream held fixed: [targets, 1]. */
function differencesOf({ vit, tokens: stream }: View, targets: readonly Target[], from: From): Tensor {
  const last = vit.config.depth - 1;
  const scoreAt = (T: Tensor): Tensor => scoresOf(vit, vit.latent(vit.transform(last, vit.attend(last, stream, T))), targets, from);
  return tidy(vit.backend, () => {
    const tokens = vit.norm1(last, stream);
    return sub(scoreAt(tokens), scoreAt(mul(tokens, 0)));
  });
}

function meanOnPath(view: View, targets: readonly Target[], from: From, steps: number, variant: 'block-input' | 'norm1'): Tensor {
  const { vit, tokens: stream } = view;
  const last = vit.config.depth - 1;
  const alter = (start: number, end: number): LastBlockInput => {
    if (variant === 'block-input') return { stream: scaled(stream, start + 1, end + 1, steps) };
    const [, ...shape] = stream.shape;
    return { stream: broadcastTo(stream, [end - start, ...shape]), tokens: scaled(vit.norm1(last, stream), start, end, steps) };
  };
  return meanMaps(view, targets, from, variant === 'block-input' ? steps - 1 : steps + 1, alter);
}

/** (k/steps)·x for k from `start` (inclusive) to `end` (exclusive): [end − start, tokens, width]. */
function scaled(x: Tensor, start: number, end: number, steps: number): Tensor {
  const factors = Float32Array.from({ length: end - start }, (_, i) => (start + i) / steps);
  return mul(x, tensor(x.backend, factors, [end - start, 1, 1]));
}

/**
 * Integrated Gradients of T from zero, the residual stream held fixed, by the midpoint rule: S_i = T_i·mean_k ∂f/∂T_i at
 * ((k + ½)/steps)·T.
 *
 * @returns [targets, tokens], class token and other prefix tokens included
 */
export function completeScores(view: View, targets: readonly Target[], from: From, steps: number): Tensor {
  checkSteps(steps);
  const { vit, tokens: stream } = view;
  return tidy(vit.backend, () => {
    const tokens = vit.norm1(vit.config.depth - 1, stream);
    const totals = Array.from({ length: steps }, (_, k) => k).reduce<Tensor[]>((sums, k) => {
      const gradients = tidy(vit.backend, () => tokenGradients(vit, stream, mul(tokens, (k + 0.5) / steps), targets, from));
      return gradients.map((gradient, i) => (sums[i] === undefined ? gradient : add(sums[i], gradient)));
    }, []);
    const means = totals.map((total) => sum(mul(tokens, mul(total, 1 / steps)), { axes: [2] }));
    return concat(means, 0);
  });
}
