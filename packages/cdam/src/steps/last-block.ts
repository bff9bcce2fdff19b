/**
 * Maps from what enters the last block, for a batch of inputs: by the closed form where it holds, else by automatic differentiation.
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
 * How CDAM is computed: in closed form (closed-form/class-row.ts), which holds where the head reads the class token alone, or by
 * automatic differentiation, which always does. The results differ only by rounding.
 */
export type Route = 'closed-form' | 'autodiff';

/**
 * The route to take: what the caller wants, else the closed form where it holds.
 * @throws ExplanationError `method` when the closed form is wanted and does not hold
 */
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

/** The scores of the patches, [batch, targets, patches]. */
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
 * ∂f/∂T of each target, in the shape of T, with the residual stream held fixed.
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

/**
 * What the methods after Grad-CAM work on: T and the gradients of targets by it, of the patches alone.
 *
 * @returns `tokens`, [1, patches, width], and for each target its gradient in that shape
 */
export function patchGradients(view: View, targets: readonly Target[], from: From): { tokens: Tensor; gradients: Tensor[] } {
  const { vit, stream } = view;
  const all = view.tokens();
  const patchesOf = (x: Tensor): Tensor => slice(x, 1, vit.config.prefixTokens, x.shape[1] ?? 0);
  return { tokens: patchesOf(all), gradients: tokenGradients(vit, stream, all, targets, from).map(patchesOf) };
}

/** What Smooth and Integrated CDAM alter: the input of the last block, or the output of its norm1. */
export type Alteration = 'block-input' | 'norm1';

/** How many bytes the altered inputs of one step may take while they go through the last block. */
const MEMORY = 2 ** 27;

/**
 * The mean of the maps of altered inputs of the last block. A few inputs are computed at a time.
 *
 * @param where what is altered: the stream, or T while the stream stays as it is
 * @param count how many altered inputs there are
 * @param alter makes the altered inputs `start` (inclusive) to `end` (exclusive), as one batch, from what is altered, [1, rows, width]
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
