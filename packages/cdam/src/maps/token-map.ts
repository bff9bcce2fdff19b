/**
 * An explanation: one number for each patch token, with what it explains.
 */
import type { Tensor } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import type { From, MapTarget } from '../targets/target.ts';

export interface TokenMap {
  /** The name of the method that made it. */
  readonly method: string;
  /** undefined for maps that do not depend on a class. */
  readonly target: MapTarget | undefined;
  /** What of the class was explained; undefined for other targets, and for methods that ask neither. */
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

/**
 * Reads scores, one row per target, and disposes them.
 *
 * @param scores [targets, patches]
 */
export async function readRows(scores: Tensor): Promise<Float32Array[]> {
  using read = scores;
  const values = await read.data();
  const [rows = 1, length = values.length] = read.shape;
  return Array.from({ length: rows }, (_, i) => values.slice(i * length, (i + 1) * length));
}

/** A map, if its scores say anything. @throws ExplanationError `map` for scores that are not finite, or zero throughout */
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
