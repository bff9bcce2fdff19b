/**
 * Integrated CDAM: the mean of CDAM along a path from zero to what enters the last block (Brocki, Binda and Chung 2024, after
 * Integrated Gradients, Sundararajan et al. 2017). The backbone runs once.
 *
 * There are three variants. `block-input` is that of the authors' package: x_k = (k/steps)·x for k = 1 … steps − 1, at the input of the
 * block. `norm1` is that of their later package without its noise: T_k = (k/steps)·T for k = 0 … steps, at the output of norm1.
 * `complete` is Integrated Gradients of T at the output of norm1: the scores of all tokens, the class token included, sum to
 * f(T) − f(0).
 */
import { concat, mul, slice, sub, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { type Completeness, readRows } from '../maps/token-map.ts';
import { type Alteration, meanOfLastBlockMaps, tokenGradients } from '../steps/last-block.ts';
import { sumOverSteps } from '../steps/sums.ts';
import { scoresOf } from '../targets/scores.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method, type ReadScores } from './method.ts';
import { FROM, oneOf, wholeNumber } from './options.ts';

interface IntegratedCdamOptions {
  readonly from: From;
  readonly steps: number;
  readonly variant: Alteration | 'complete';
}

export const integratedCdam: Method<'integrated-cdam', IntegratedCdamOptions> = defineMethod({
  name: 'integrated-cdam',
  summary: 'mean CDAM along a path from zero to what enters the last block',
  needs: 'last block',
  cost: 'about 0.2',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    steps: wholeNumber(2, 50, 'how many steps the path has'),
    variant: oneOf(
      ['block-input', 'norm1', 'complete'],
      "where the path runs: at the last block's input (the authors' package) or the output of its norm1 (their later one); complete is norm1 with scores of all tokens that sum to f(T) − f(0)",
    ),
  },
  scores(view, targets, { from, steps, variant }) {
    if (variant !== 'complete') return meanOnPath(view, targets, from, steps, variant);
    const all = completeScores(view, targets, from, steps);
    return slice(all, 1, view.vit.config.prefixTokens, all.shape[1] ?? 0);
  },
  read: (view, targets, { from, steps, variant }) => (variant === 'complete' ? readComplete(view, targets, from, steps) : undefined),
});

/** The scores of the variant `complete`, with their sum and what it should be. */
async function readComplete(view: View, targets: readonly Target[], from: From, steps: number): Promise<ReadScores[]> {
  const [rows, differences] = await Promise.all([
    readRows(completeScores(view, targets, from, steps)),
    readRows(differencesOf(view, targets, from)),
  ]);
  return rows.map((row, i) => ({
    scores: row.subarray(view.vit.config.prefixTokens),
    completeness: checkComplete(row, differences[i]?.[0] ?? Number.NaN),
  }));
}

/** How far the sum of complete scores may be from the difference: a share of the difference plus a share of the sum of magnitudes. */
const GAP = { ofDifference: 0.02, ofMagnitudes: 0.001 };

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
function differencesOf(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit, stream } = view;
  const { lastBlock } = vit;
  const scoreAt = (T: Tensor): Tensor => scoresOf(vit, vit.latent(lastBlock.transform(lastBlock.attend(stream, T))), targets, from);
  return tidy(vit.backend, () => {
    const tokens = view.tokens();
    return sub(scoreAt(tokens), scoreAt(mul(tokens, 0)));
  });
}

function meanOnPath(view: View, targets: readonly Target[], from: From, steps: number, variant: Alteration): Tensor {
  // At the block's input, the ends of the path are left out, as the authors do.
  const [first, count] = variant === 'block-input' ? [1, steps - 1] : [0, steps + 1];
  return meanOfLastBlockMaps(view, targets, from, variant, count, (x, start, end) => {
    const factors = Float32Array.from({ length: end - start }, (_, i) => (first + start + i) / steps);
    return mul(x, tensor(x.backend, factors, [end - start, 1, 1]));
  });
}

/**
 * Enqueues the scores of the variant `complete`: Integrated Gradients of T from zero, with the residual stream held fixed, by the
 * midpoint rule: S_i = T_i·mean_k ∂f/∂T_i at ((k + ½)/steps)·T.
 *
 * @returns [targets, prefixTokens + patches]
 */
export function completeScores(view: View, targets: readonly Target[], from: From, steps: number): Tensor {
  const { vit, stream } = view;
  return tidy(vit.backend, () => {
    const tokens = view.tokens();
    const total = sumOverSteps(vit.backend, steps, (k) =>
      concat(tokenGradients(vit, stream, mul(tokens, (k + 0.5) / steps), targets, from), 0),
    );
    return sum(mul(tokens, mul(total, 1 / steps)), { axes: [2] });
  });
}
