/**
 * Smooth CDAM: the mean of CDAM over noisy copies of what enters the last block (Brocki, Binda and Chung 2024, after SmoothGrad,
 * Smilkov et al. 2017). The backbone runs once, since the copies differ in the last block only. The scores of a copy are T̃·∂f/∂T̃ at its
 * own noisy tokens T̃. All targets have the same noise.
 */
import { Random, type Tensor } from '@cdam/tensor';
import { type Alteration, meanOfLastBlockMaps } from '../steps/last-block.ts';
import { type Normals, noisyCopies } from '../steps/noise.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM, oneOf, SEED, share, wholeNumber } from './options.ts';

export interface SmoothCdamOptions {
  readonly from: From;
  readonly samples: number;
  readonly noise: number;
  readonly seed: number;
  readonly variant: Alteration;
}

export const smoothCdam: Method<'smooth-cdam', SmoothCdamOptions> = defineMethod({
  name: 'smooth-cdam',
  summary: 'mean CDAM over noisy copies of what enters the last block',
  needs: 'last block',
  cost: 'about 1',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    samples: wholeNumber(1, 50, 'how many noisy copies'),
    noise: share(0.05, 'deviation of the noise, as a share of the range of what it is added to'),
    seed: SEED,
    variant: oneOf(
      ['block-input', 'norm1'],
      "what the noise is added to: the last block's input (the authors' package) or the output of its norm1 (their later one)",
    ),
  },
  scores(view, targets, options) {
    const random = new Random(options.seed);
    return smoothCdamScores(view, targets, options, (length) => random.normals(length));
  },
});

/**
 * Enqueues the scores, [targets, patches].
 *
 * @param normals returns standard normal random numbers; it is called for a few samples at a time, [samples, rows, width]
 */
export function smoothCdamScores(
  view: View,
  targets: readonly Target[],
  { from, samples, noise, variant }: Omit<SmoothCdamOptions, 'seed'>,
  normals: Normals,
): Tensor {
  return meanOfLastBlockMaps(view, targets, from, variant, samples, (x, start, end) => noisyCopies(x, end - start, noise, normals));
}
