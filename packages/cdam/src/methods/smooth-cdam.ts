/**
 * Smooth CDAM: the mean of CDAM over noisy copies of what enters the last block (Brocki, Binda and Chung 2024, after SmoothGrad,
 * Smilkov et al. 2017). The backbone runs once; the copies differ in the last block only.
 */
import { add, broadcastTo, max, mul, neg, Random, type Tensor, tensor } from '@cdam/tensor';
import { describeTargets, toMaps } from '../cdam.ts';
import { ExplanationError } from '../errors.ts';
import type { Target } from '../target-gradients.ts';
import type { From, TokenMap } from '../token-map.ts';
import type { View } from '../view.ts';
import { meanMaps } from './mean-map.ts';

export interface SmoothCdamOptions {
  readonly from?: From | undefined;
  /** Noisy copies; 50 by default. */
  readonly samples?: number | undefined;
  /** The noise's deviation, as a share of the difference between the largest and the smallest value of what it is added to; 0.05 by default. */
  readonly noise?: number | undefined;
  /** Equal seeds give equal maps, on every backend. 0 by default. */
  readonly seed?: number | undefined;
  /** What the noise is added to: the block's input as in the authors' package (the default), or the output of norm1 as in their later one. There is no `complete` one. */
  readonly variant?: 'block-input' | 'norm1' | 'complete' | undefined;
  /** Where standard normal numbers come from, instead of the seed; asked in turn for those of some samples, [samples, tokens, width]. */
  readonly normals?: ((length: number) => Float32Array) | undefined;
}

/** The maps of several targets, all from the same noise, read once. The score of a copy is T̃·∂f/∂T̃ at its own tokens. */
export async function smoothCdam(view: View, targets: readonly Target[], options: SmoothCdamOptions = {}): Promise<TokenMap[]> {
  const described = describeTargets(view, targets);
  return targets.length === 0
    ? []
    : await toMaps('smooth-cdam', view, described, options.from ?? 'logit', smoothScores(view, targets, options));
}

/** Enqueues the scores, [targets, patches]. */
export function smoothScores(view: View, targets: readonly Target[], options: SmoothCdamOptions): Tensor {
  const { from = 'logit', samples = 50, noise = 0.05, seed = 0, variant = 'block-input' } = options;
  if (!Number.isInteger(samples) || samples < 1)
    throw new ExplanationError('method', `smooth-cdam: ${samples} samples; give a whole number from 1`);
  if (!(noise >= 0)) throw new ExplanationError('method', `smooth-cdam: noise of ${noise}; give a number from 0`);
  if (variant !== 'block-input' && variant !== 'norm1') {
    throw new ExplanationError('method', `smooth-cdam: there is no variant "${variant}"; there are block-input and norm1`);
  }
  const { vit, tokens: stream } = view;
  const random = new Random(seed);
  const normals = options.normals ?? ((length: number) => random.normals(length));
  const noisy = (x: Tensor, count: number): Tensor => {
    const [, ...shape] = x.shape;
    const range = add(max(x), max(neg(x)));
    return add(x, mul(tensor(vit.backend, normals(count * x.size), [count, ...shape]), mul(range, noise)));
  };
  return meanMaps(view, targets, from, samples, (start, end) => {
    const count = end - start;
    if (variant === 'block-input') return { stream: noisy(stream, count) };
    const [, ...shape] = stream.shape;
    return { stream: broadcastTo(stream, [count, ...shape]), tokens: noisy(vit.norm1(vit.config.depth - 1, stream), count) };
  });
}
