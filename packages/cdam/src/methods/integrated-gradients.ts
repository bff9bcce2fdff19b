/**
 * Integrated Gradients (Sundararajan et al. 2017) of the pixels, from zero, which is the mean colour in a normalised picture. The score of
 * a pixel is its value times the mean of ∂f/∂pixel along the straight path from zero to the picture; scores are summed over each patch.
 *
 * The method is complete: all scores sum to f(picture) − f(0), so far as the mean along the path is exact. The rule of Gauss and Legendre is
 * the default: with 50 points its gap is 0.2 to 4.2 % of the difference on five photographs (DeiT-Ti, 224 pixels), where that of the
 * authors' baseline, the right ends of 50 equal steps, is 2.4 to 14.8 %. Their baseline also takes the mean over the channels.
 */
import { mul, sub, type Tensor, tidy } from '@cdam/tensor';
import { type Completeness, readRows } from '../maps/token-map.ts';
import { type Channels, pixelGradients, sumOverPatches } from '../steps/pixels.ts';
import { gaussLegendre, rightRiemann } from '../steps/quadrature.ts';
import { sumOverSteps } from '../steps/sums.ts';
import { scoresOf } from '../targets/scores.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { defineMethod, type Method } from './method.ts';
import { CHANNELS, FROM, oneOf, wholeNumber } from './options.ts';

interface IntegratedGradientsOptions {
  readonly from: From;
  readonly channels: Channels;
  readonly steps: number;
  readonly rule: 'gauss-legendre' | 'right';
}

export const integratedGradients: Method<'integrated-gradients', IntegratedGradientsOptions> = defineMethod({
  name: 'integrated-gradients',
  summary: 'pixel gradients along a path from the mean colour, summed over each patch',
  needs: 'pixel gradients',
  cost: '3 × steps',
  classSpecific: true,
  sign: 'signed',
  unit: 'target',
  options: {
    from: FROM,
    channels: CHANNELS,
    steps: wholeNumber(1, 50, 'at how many points of the path the gradient is taken'),
    rule: oneOf(
      ['gauss-legendre', 'right'],
      "by which rule the mean along the path is taken: that of Gauss and Legendre, or the right ends of equal steps (the authors' baseline)",
    ),
  },
  scores: integratedScores,
  read: (view, targets, options) => (options.channels === 'sum' ? readComplete(view, targets, options) : undefined),
});

function integratedScores(view: View, targets: readonly Target[], { from, channels, steps, rule }: IntegratedGradientsOptions): Tensor {
  const pixels = view.input();
  const { nodes, weights } = (rule === 'right' ? rightRiemann : gaussLegendre)(steps);
  const mean = sumOverSteps(view.vit.backend, steps, (i) =>
    mul(pixelGradients(view, mul(pixels, nodes[i] ?? 0), targets, from), weights[i] ?? 0),
  );
  return sumOverPatches(view, mul(pixels, mean), channels);
}

/** The scores with their sum and what it should be. */
async function readComplete(
  view: View,
  targets: readonly Target[],
  options: IntegratedGradientsOptions,
): Promise<{ scores: Float32Array; completeness: Completeness }[]> {
  const { backend } = view.vit;
  const [rows, differences] = await Promise.all([
    readRows(tidy(backend, () => integratedScores(view, targets, options))),
    readRows(differencesOf(view, targets, options.from)),
  ]);
  return rows.map((scores, i) => ({
    scores,
    completeness: { sum: scores.reduce((a, b) => a + b, 0), difference: differences[i]?.[0] ?? Number.NaN },
  }));
}

/** f(picture) − f(0): [targets, 1]. */
function differencesOf(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  return tidy(vit.backend, () => {
    const ofBaseline = vit.readout(vit.backbone(mul(view.input(), 0)));
    return sub(scoresOf(vit, view.latent(), targets, from), scoresOf(vit, ofBaseline, targets, from));
  });
}
