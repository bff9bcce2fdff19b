/**
 * Integrated Gradients (Sundararajan et al. 2017) of the pixels, from zero (the mean colour, in a normalised picture), by the right
 * Riemann sum; summed over each patch.
 */
import { add, concat, mul, type Tensor, tidy } from '@cdam/tensor';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { pixelGradients, pixelsOf, sumOverPatches } from './pixels.ts';

/** pixels · mean of ∂f/∂pixels at (i/steps)·pixels for i = 1 … steps: [targets, patches]. */
export function integratedGradients(view: View, targets: readonly Target[], from: From, steps: number): Tensor {
  const { backend } = view.vit;
  return tidy(backend, () => {
    const pixels = pixelsOf(view);
    let totals: Tensor[] = [];
    for (let i = 1; i <= steps; i++) {
      const gradients = tidy(backend, () => pixelGradients(view, mul(pixels, i / steps), targets, from));
      const sums = gradients.map((gradient, t) => (totals[t] === undefined ? gradient : add(totals[t], gradient)));
      for (const used of [...totals, ...gradients]) if (!sums.includes(used)) used.dispose();
      totals = sums;
    }
    return concat(
      totals.map((total) => sumOverPatches(view, mul(mul(pixels, total), 1 / steps))),
      0,
    );
  });
}
