/**
 * The attention weights of all blocks, and their gradients, for the methods that follow attention through the network.
 */
import { openTape, reshape, type Tensor, tidy } from '@cdam/tensor';
import { gradientsOf, type Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { pixelsOf } from './pixels.ts';

/** Of one block: A, [1, heads, tokens, tokens], and ∂f/∂A for each target. */
export interface BlockAttention {
  readonly weights: Tensor;
  readonly gradients: readonly Tensor[];
}

/** A pass through all blocks with their attention weights; without targets there are no gradients. */
export function attentionsOfAllBlocks(view: View, targets: readonly Target[], from: From): BlockAttention[] {
  const { vit } = view;
  return tidy(vit.backend, () => {
    using tape = openTape(vit.backend);
    const embedded = vit.embed(pixelsOf(view));
    if (targets.length > 0) tape.watch(embedded);
    let x = embedded;
    const all = Array.from({ length: vit.config.depth }, (_, i) => {
      const { out, weights } = vit.attendWithWeights(i, x, vit.norm1(i, x));
      x = vit.transform(i, out);
      return weights;
    });
    const gradients = targets.map((target) => {
      const latent = vit.latent(x);
      const leaf = latent.view(latent.shape);
      return tape.gradient(latent, all, reshape(gradientsOf(vit, leaf, [target], from), latent.shape));
    });
    return all.map((weights, block) => ({ weights, gradients: gradients.flatMap((ofTarget) => ofTarget.slice(block, block + 1)) }));
  });
}
