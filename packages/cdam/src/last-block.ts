/**
 * Maps from the tokens that enter the last block, for a batch of them: by the closed form where it holds, else by automatic
 * differentiation. Smooth and Integrated CDAM are means over such a batch.
 */
import { concat, mul, openTape, reshape, slice, sum, type Tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from './class-attention.ts';
import { ClassRow } from './class-row.ts';
import { ExplanationError } from './errors.ts';
import { gradientsOf, type Target } from './target-gradients.ts';
import type { From } from './token-map.ts';

/**
 * `closed-form` (see class-row.ts) holds where the head reads the class token alone; `autodiff` always does. They agree to rounding.
 */
export type Route = 'closed-form' | 'autodiff';

/** The route to take: the closed form where it holds, unless the caller says otherwise. */
export function routeFor(vit: VisionTransformer, wanted: Route | undefined): Route {
  const holds = readsClassTokenAlone(vit);
  if (wanted === 'closed-form' && !holds) {
    throw new ExplanationError(
      'method',
      'cdam: there is no closed form for this model, whose head reads more than the class token; take the route autodiff',
    );
  }
  return wanted ?? (holds ? 'closed-form' : 'autodiff');
}

/** What enters the last block. */
export interface LastBlockInput {
  /** The residual stream, [batch, prefixTokens + patches, width]. */
  readonly stream: Tensor;
  /** T, in the same shape, where it is not norm1 of the stream but an alteration of it. */
  readonly tokens?: Tensor | undefined;
}

/** Scores of the patch tokens, [batch, targets, patches]. */
export function lastBlockMaps(
  vit: VisionTransformer,
  { stream, tokens }: LastBlockInput,
  targets: readonly Target[],
  from: From,
  route: Route,
): Tensor {
  if (route === 'autodiff') {
    return tidy(vit.backend, () => {
      const given = tokens ?? vit.norm1(vit.config.depth - 1, stream);
      const perToken = tokenGradients(vit, stream, given, targets, from).map((gradient) => sum(mul(given, gradient), { axes: [2] }));
      const scores = concat(
        perToken.map((x) => reshape(x, [stream.shape[0] ?? 1, 1, -1])),
        1,
      );
      return slice(scores, 2, vit.config.prefixTokens, scores.shape[2] ?? 0);
    });
  }
  const row = new ClassRow(vit, stream, tokens);
  try {
    return tidy(vit.backend, () => row.maps(gradientsOf(vit, row.latent, targets, from)));
  } finally {
    row.dispose();
  }
}

/**
 * ∂f/∂T of each target, in T's shape, by the tape. It watches T, so nothing before it is recorded, and one pass forward through
 * the last block serves all targets.
 *
 * @param tokens T, [batch, prefixTokens + patches, width]
 */
export function tokenGradients(vit: VisionTransformer, stream: Tensor, tokens: Tensor, targets: readonly Target[], from: From): Tensor[] {
  const last = vit.config.depth - 1;
  return tidy(vit.backend, () => {
    using tape = openTape(vit.backend);
    tape.watch(tokens);
    const latent = vit.latent(vit.transform(last, vit.attend(last, stream, tokens)));
    // The same latent off the tape, for what targets compute from it.
    const leaf = latent.view(latent.shape);
    return targets.flatMap((target) =>
      tidy(vit.backend, () => tape.gradient(latent, [tokens], reshape(gradientsOf(vit, leaf, [target], from), latent.shape))),
    );
  });
}
