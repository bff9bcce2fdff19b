/**
 * An explanation: one number for each patch token, with what it explains.
 */
import { ExplanationError } from './errors.ts';
import type { MethodName } from './methods/names.ts';

/** What a map speaks about: a class of the head, or a function of the latent that the caller named. */
export type MapTarget = ClassTarget | { readonly kind: 'latent' | 'concept'; readonly name: string };

export interface ClassTarget {
  readonly kind: 'class';
  readonly index: number;
  /** The class' readable name, or its number where the checkpoint has no names. */
  readonly label: string;
  /** The other side of a class that is independent of the others, as of a head with one logit: −logit, or 1 − probability. */
  readonly against?: true;
}

/** Whether a class score is its logit or its probability (softmax; sigmoid for independent classes). */
export type From = 'logit' | 'probability';

export interface TokenMap {
  /** A name of the registry (see methods/registry.ts). */
  readonly method: MethodName;
  /** undefined for maps that do not depend on a class. */
  readonly target: MapTarget | undefined;
  readonly from: From | undefined;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /** One score per patch, row by row. CDAM: in units of the target, positive where the patch speaks for it. Attention: shares of at most 1. */
  readonly scores: Float32Array;
  /** Of Integrated CDAM's variant `complete`: what the scores of all tokens, of which patches are a part, add up to. */
  readonly completeness?: Completeness | undefined;
}

/** A method is complete when the scores of all tokens sum to what the target owes to them. */
export interface Completeness {
  /** Over all tokens, class token and other prefix tokens included. */
  readonly sum: number;
  /** f(T) − f(baseline). */
  readonly difference: number;
}

/** Throws for scores that explain nothing: not finite, or zero throughout. */
export function checkScores(map: TokenMap): TokenMap {
  const about =
    map.target === undefined ? map.method : `${map.method} of ${map.target.kind === 'class' ? map.target.label : map.target.name}`;
  const { finite, zero } = kindOf(map.scores);
  if (!finite) {
    throw new ExplanationError(
      'map',
      `${about}: some scores are not finite; the weights or the picture hold values beyond 32-bit range, or NaN`,
    );
  }
  if (zero) {
    const saturated =
      map.from === 'probability'
        ? ': the probability is saturated, so its gradient vanishes; explain the logit instead'
        : ': it does not depend on the tokens of the last block';
    throw new ExplanationError('map', `${about}: every score is zero${saturated}`);
  }
  return map;
}

/** Whether all scores are finite, and whether all are zero. A loop, since there may be a map of each of a thousand classes. */
function kindOf(scores: Float32Array): { finite: boolean; zero: boolean } {
  let [finite, zero] = [true, true];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    if (score !== 0) zero = false;
    if (!Number.isFinite(score)) finite = false;
  }
  return { finite, zero };
}
