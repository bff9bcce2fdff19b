/**
 * SmoothGrad (Smilkov et al. 2017): the mean signed gradient over noisy copies of the picture, summed over each patch.
 */
import { mul, Random } from '@cdam/tensor';
import { noisyCopies } from '../steps/noise.ts';
import { type Channels, pixelGradients, sumOverPatches } from '../steps/pixels.ts';
import { sumOverSteps } from '../steps/sums.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { CHANNELS, FROM, SEED, share, wholeNumber } from './options.ts';

interface SmoothGradOptions {
  readonly from: From;
  readonly channels: Channels;
  readonly samples: number;
  readonly noise: number;
  readonly seed: number;
}

export const smoothGrad: Method<'smoothgrad', SmoothGradOptions> = defineMethod({
  name: 'smoothgrad',
  summary: 'mean pixel gradient over noisy pictures, summed over each patch',
  needs: 'pixel gradients',
  cost: '3 × samples',
  classSpecific: true,
  sign: 'signed',
  unit: 'target per pixel',
  options: {
    from: FROM,
    channels: CHANNELS,
    samples: wholeNumber(1, 50, 'how many noisy copies'),
    noise: share(0.15, 'deviation of the noise, as a share of the range of what it is added to'),
    seed: SEED,
  },
  scores(view, targets, { from, channels, samples, noise, seed }) {
    const random = new Random(seed);
    const pixels = view.input();
    const total = sumOverSteps(view.vit.backend, samples, () => {
      const noisy = noisyCopies(pixels, 1, noise, (length) => random.normals(length));
      return sumOverPatches(view, pixelGradients(view, noisy, targets, from), channels);
    });
    return mul(total, 1 / samples);
  },
});
