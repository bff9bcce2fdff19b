/**
 * CDAM by automatic differentiation: the tape watches T, the output of norm1 in the last block, so nothing before it is recorded.
 * This is the definition as it stands, for any head; where the head reads the class token alone, class-row.ts is faster.
 */
import { concat, mul, openTape, reshape, slice, sum, type Tensor, tidy } from '@cdam/tensor';
import { gradientsOf, type Target } from './target-gradients.ts';
import type { From } from './token-map.ts';
import type { View } from './view.ts';

/** Scores of the patch tokens, [targets, patches], from one pass forward through the last block. */
export function mapsByAutodiff(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  const last = vit.config.depth - 1;
  return tidy(vit.backend, () => {
    using tape = openTape(vit.backend);
    const tokens = tape.watch(vit.norm1(last, view.tokens));
    const latent = vit.latent(vit.transform(last, vit.attend(last, view.tokens, tokens)));
    // Other tensors on the same storage, so that the scores and what targets compute from the latent stay off the tape.
    const [values, leaf] = [tokens.view(tokens.shape), latent.view(latent.shape)];
    const maps = targets.flatMap((target) =>
      tidy(vit.backend, () => {
        const dLatent = reshape(gradientsOf(vit, leaf, [target], from), latent.shape);
        return tape.gradient(latent, [tokens], dLatent).map((gradient) => sum(mul(values, gradient), { axes: [2] }));
      }),
    );
    return slice(concat(maps, 0), 1, vit.config.prefixTokens, tokens.shape[1] ?? 0);
  });
}
