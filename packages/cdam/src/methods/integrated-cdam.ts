/**
 * Integrated CDAM: the mean of CDAM along a path from zero to what enters the last block (Brocki, Binda and Chung 2024, after
 * Integrated Gradients, Sundararajan et al. 2017). The backbone runs once.
 */
import { add, broadcastTo, concat, mul, slice, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { describeTargets, toMaps } from '../cdam.ts';
import { ExplanationError } from '../errors.ts';
import { type LastBlockInput, tokenGradients } from '../last-block.ts';
import type { Target } from '../target-gradients.ts';
import type { From, TokenMap } from '../token-map.ts';
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

/** The maps of several targets, read once. */
export async function integratedCdam(view: View, targets: readonly Target[], options: IntegratedCdamOptions = {}): Promise<TokenMap[]> {
  const described = describeTargets(view, targets);
  return targets.length === 0
    ? []
    : await toMaps('integrated-cdam', view, described, options.from ?? 'logit', integratedScores(view, targets, options));
}

/** Enqueues the scores, [targets, patches]. */
export function integratedScores(view: View, targets: readonly Target[], options: IntegratedCdamOptions): Tensor {
  const { from = 'logit', steps = 50, variant = 'block-input' } = options;
  if (!Number.isInteger(steps) || steps < 2)
    throw new ExplanationError('method', `integrated-cdam: ${steps} steps; give a whole number from 2`);
  if (variant !== 'complete') return meanOnPath(view, targets, from, steps, variant);
  return tidy(view.vit.backend, () => {
    const all = completeScores(view, targets, from, steps);
    return slice(all, 1, view.vit.config.prefixTokens, all.shape[1] ?? 0);
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
