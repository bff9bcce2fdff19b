/**
 * A map: one score for each patch, and what the scores are about.
 */
import type { Tensor } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import type { From, MapTarget } from '../targets/target.ts';
import type { Parts } from './parts.ts';

/** The result of an explanation. */
export interface TokenMap {
  /** The name of the method that made it. */
  readonly method: string;
  /** What the map is about; undefined for a method that does not depend on the class. */
  readonly target: MapTarget | undefined;
  /** Whether the logit or the probability of a class was explained; undefined for other targets, and for methods without the choice. */
  readonly from: From | undefined;
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /**
   * One score for each patch, row by row. CDAM has the unit of the target, positive where the patch speaks for it; attention has shares
   * of at most 1.
   */
  readonly scores: Float32Array;
  /**
   * For Integrated Gradients, the variant `complete` of Integrated CDAM, and a ledger with parts: the sum of all that was scored, and what it
   * should be.
   */
  readonly completeness?: Completeness | undefined;
  /** For a ledger that was asked for them with `by`: what the map is the sum of, and the rest of the target. */
  readonly parts?: Parts | undefined;
}

/**
 * A method is complete when all that it scores sums to what the target is (Sundararajan et al. 2017).
 *
 * For Integrated Gradients and Integrated CDAM that is the difference which pixels or tokens make. A ledger accounts for the target as far as it
 * is linear in the logits: Σ_k w_k·logit_k with w = ∂f/∂logits at the picture. It is the logit itself, or the difference of two; for log-odds
 * the logit less the mean of the other logits, weighted by their shares; for a function of the latent, its gradient times the latent.
 */
export interface Completeness {
  /** The sum of the scores: of all pixels; of patches, class token and other prefix tokens; for a ledger of the embedding and all biases too. */
  readonly sum: number;
  /** f(x) − f(baseline) of the pixels or tokens x, where the baseline is 0; for a ledger Σ_k w_k·logit_k. */
  readonly difference: number;
}

/**
 * Reads scores from the backend, one row for each target, and disposes the tensor.
 *
 * @param scores [targets, patches]
 */
export async function readRows(scores: Tensor): Promise<Float32Array[]> {
  using read = scores;
  const values = await read.data();
  const [rows = 1, length = values.length] = read.shape;
  return Array.from({ length: rows }, (_, i) => values.slice(i * length, (i + 1) * length));
}

/** Returns a map whose scores can be used. @throws ExplanationError `map` when some scores are not finite, or all are zero */
export function checkedMap(map: TokenMap): TokenMap {
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
        : ': the target does not depend on the tokens that the method looks at, or the method keeps only what speaks for it and found nothing';
    throw new ExplanationError('map', `${about}: every score is zero${saturated}`);
  }
  return map;
}

/** Whether all scores are finite, and whether all are zero. It is one loop because there may be thousands of maps. */
function kindOf(scores: Float32Array): { finite: boolean; zero: boolean } {
  let [finite, zero] = [true, true];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    if (score !== 0) zero = false;
    if (!Number.isFinite(score)) finite = false;
  }
  return { finite, zero };
}
