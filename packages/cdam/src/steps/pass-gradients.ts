/**
 * Gradients of targets on the recorded pass of a view.
 */
import { type Rule, reshape, type Tensor, tidy } from '@cdam/tensor';
import { latentGradients } from '../targets/gradients.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';

/**
 * ∂f/∂x of each target.
 *
 * @param by tensors of `view.pass`
 * @returns for each target a gradient for each of these tensors, in its shape
 */
export function passGradients({ vit, pass }: View, targets: readonly Target[], from: From, by: readonly Tensor[], rule: Rule): Tensor[][] {
  return targets.map((target) =>
    tidy(vit.backend, () => pass.gradients(reshape(latentGradients(vit, pass.leaf(), [target], from), pass.latent.shape), by, rule)),
  );
}
