/**
 * Input × Gradient (Shrikumar et al. 2016): every pixel times the gradient of the target with respect to it, summed over each patch.
 */
import { mul } from '@cdam/tensor';
import { type Channels, pixelGradients, sumOverPatches } from '../steps/pixels.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { CHANNELS, FROM } from './options.ts';

export const inputXGradient: Method<'input-x-gradient', { from: From; channels: Channels }> = defineMethod({
  name: 'input-x-gradient',
  summary: 'pixels times their gradient, summed over each patch',
  needs: 'pixel gradients',
  cost: '3',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM, channels: CHANNELS },
  scores(view, targets, { from, channels }) {
    const pixels = view.input();
    return sumOverPatches(view, mul(pixels, pixelGradients(view, pixels, targets, from)), channels);
  },
});
