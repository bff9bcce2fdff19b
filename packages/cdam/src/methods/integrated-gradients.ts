/**
 * Integrated Gradients (Sundararajan et al. 2017) of the pixels, from zero, which is the mean colour in a normalised picture. The score of
 * a pixel is its value times the mean of ∂f/∂pixel at (i/steps)·pixels for i = 1 … steps; scores are summed over each patch.
 */
import { mul } from '@cdam/tensor';
import { pixelGradients, sumOverPatches } from '../steps/pixels.ts';
import { sumOverSteps } from '../steps/sums.ts';
import type { From } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { FROM, wholeNumber } from './options.ts';

export const integratedGradients: Method<'integrated-gradients', { from: From; steps: number }> = defineMethod({
  name: 'integrated-gradients',
  summary: 'pixel gradients along a path from the mean colour, summed over each patch',
  needs: 'pixel gradients',
  cost: '3 × steps',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: { from: FROM, steps: wholeNumber(1, 50, 'how many steps the path has') },
  scores(view, targets, { from, steps }) {
    const pixels = view.input();
    const total = sumOverSteps(view.vit.backend, steps, (i) => pixelGradients(view, mul(pixels, (i + 1) / steps), targets, from));
    return sumOverPatches(view, mul(mul(pixels, total), 1 / steps));
  },
});
