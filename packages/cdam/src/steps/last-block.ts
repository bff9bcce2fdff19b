/**
 * Maps from the tokens that enter the last block, for a batch of them: by the closed form where it holds, else by automatic
 * differentiation.
 */
import { broadcastTo, concat, mul, reshape, slice, sum, type Tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ClassRow } from '../closed-form/class-row.ts';
import { ExplanationError } from '../errors.ts';
import { gradientsOf, latentGradients } from '../targets/gradients.ts';
import type { From, Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { sumOverSteps } from './sums.ts';

/**
 * `closed-form` (see closed-form/class-row.ts) holds where the head reads the class token alone; `autodiff` always does. They agree to
 * rounding.
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
      const given = tokens ?? vit.lastBlock.norm1(stream);
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
    return tidy(vit.backend, () => row.maps(latentGradients(vit, row.latent, targets, from)));
  } finally {
    row.dispose();
  }
}

/**
 * ∂f/∂T of each target, in T's shape.
 *
 * @param tokens T, [batch, prefixTokens + patches, width]
 */
export function tokenGradients(vit: VisionTransformer, stream: Tensor, tokens: Tensor, targets: readonly Target[], from: From): Tensor[] {
  const { lastBlock } = vit;
  return tidy(vit.backend, () =>
    gradientsOf(vit, targets, from, tokens, () => ({
      latent: vit.latent(lastBlock.transform(lastBlock.attend(stream, tokens))),
      by: [tokens],
    })).flat(),
  );
}

/** Where Smooth and Integrated CDAM alter what enters the last block: at its input, or at the output of norm1. */
export type Alteration = 'block-input' | 'norm1';

/** Bytes that the alterations of one step may take while they go through the last block. */
const MEMORY = 2 ** 27;

/**
 * The mean of maps over alterations of what enters the last block, a few at a time.
 *
 * @param where what is altered: the stream, or T beside the stream as it is
 * @param count how many alterations there are
 * @param alter makes alterations `start` (inclusive) to `end` (exclusive) of what is altered, [1, tokens, width], as one batch
 * @returns [targets, patches]
 */
export function meanOfLastBlockMaps(
  view: View,
  targets: readonly Target[],
  from: From,
  where: Alteration,
  count: number,
  alter: (x: Tensor, start: number, end: number) => Tensor,
): Tensor {
  const { vit, stream } = view;
  const { width, mlpWidth, heads } = vit.config;
  const ofTokens = 10 * stream.size;
  const ofTargets = targets.length * (3 * mlpWidth + 6 * width + (4 * heads * stream.size) / width);
  const together = Math.max(1, Math.floor(MEMORY / (4 * (ofTokens + ofTargets))));
  const [, ...shape] = stream.shape;
  const altered = (start: number, end: number): LastBlockInput =>
    where === 'block-input'
      ? { stream: alter(stream, start, end) }
      : { stream: broadcastTo(stream, [end - start, ...shape]), tokens: alter(view.tokens(), start, end) };
  return tidy(vit.backend, () => {
    const total = sumOverSteps(vit.backend, Math.ceil(count / together), (step) => {
      const input = altered(step * together, Math.min(count, (step + 1) * together));
      return sum(lastBlockMaps(vit, input, targets, from, routeFor(vit, undefined)), { axes: [0] });
    });
    return mul(total, 1 / count);
  });
}
