/**
 * Smooth CDAM: the mean of CDAM over noisy copies of what enters the last block (Brocki, Binda and Chung 2024, after SmoothGrad,
 * Smilkov et al. 2017). The backbone runs once, since the copies differ in the last block only. The scores of a copy are T̃·∂f/∂T̃ at its
 * own noisy tokens T̃. All targets have the same noise.
 *
 * It is another question than CDAM's rather than a smoother answer. A few outliers make the range of the stream so large that noise of
 * 0.05 of it is 1.46 times the deviation of a token's own numbers (DeiT-Ti, 29 photographs; 1.13 to 1.73), and the map ranks patches
 * quite otherwise: its Spearman correlation with CDAM is −0.06 (−0.62 to 0.52). At the output of norm1, `variant` norm1, the noise is 0.59 of
 * the deviation, and the correlation 0.93.
 *
 * How far maps of different seeds lie apart is in the README of this package; the noise is drawn so that they differ little
 * (steps/noise.ts). The authors draw 50 copies, each with noise of its own.
 */
import { Random, type Tensor } from '@cdam/tensor';
import { type Alteration, meanOfLastBlockMaps } from '../steps/last-block.ts';
import { type Normals, noisyCopies, stratifiedNormals } from '../steps/noise.ts';
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
  summary: "mean CDAM over copies of the last block's input, under noise of 1.5 × its deviation; ranks patches otherwise than CDAM",
  needs: 'last block',
  cost: 'about 1',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    samples: wholeNumber(1, 100, 'how many noisy copies'),
    noise: share(0.05, 'deviation of the noise, as a share of the range of what it is added to'),
    seed: SEED,
    variant: oneOf(
      ['block-input', 'norm1'],
      "what the noise is added to: the last block's input (the authors' package) or the output of its norm1 (their later one)",
    ),
  },
  scores(view, targets, options) {
    return smoothCdamScores(view, targets, options, stratifiedNormals(new Random(options.seed), options.samples, view.stream.size));
  },
});

/**
 * Enqueues the scores, [targets, patches].
 *
 * @param normals returns standard normal random numbers; it is called for a few samples at a time, [samples, rows, width]. The method
 *   itself takes stratified ones; with independent ones it is the authors' estimate
 */
export function smoothCdamScores(
  view: View,
  targets: readonly Target[],
  { from, samples, noise, variant }: Omit<SmoothCdamOptions, 'seed'>,
  normals: Normals,
): Tensor {
  return meanOfLastBlockMaps(view, targets, from, variant, samples, (x, start, end) => noisyCopies(x, end - start, noise, normals));
}
