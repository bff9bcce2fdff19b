/**
 * How far one basis is from another: what a file of reduced rank, or in half precision, costs.
 */
import { hasLogOdds } from '../targets/classes.ts';
import type { From } from '../targets/target.ts';
import type { BasisError, ErrorSpread, ExplanationBasis } from './explanation-basis.ts';

/** Compares an altered basis with the exact one of the same picture. */
export function basisError(exact: ExplanationBasis, altered: ExplanationBasis): BasisError {
  let [lost, all] = [0, 0];
  for (const [i, value] of exact.parts.maps.entries()) {
    lost += (value - (altered.parts.maps[i] ?? 0)) ** 2;
    all += value ** 2;
  }
  const energy = all === 0 ? 1 : 1 - lost / all;
  if (exact.parts.head === undefined) return { energy, maps: undefined };
  const logit = spreadOf(mapErrors(exact, altered, 'logit'));
  const odds = hasLogOdds(exact.parts.classes) ? spreadOf(mapErrors(exact, altered, 'log-odds')) : logit;
  return { energy, maps: { logit, 'log-odds': odds } };
}

function spreadOf(errors: Float64Array): ErrorSpread {
  const sorted = errors.toSorted();
  return { median: sorted[sorted.length >> 1] ?? 0, worst: sorted.at(-1) ?? 0 };
}

/**
 * The error of the map of every class: the largest difference of a score, as a share of the largest score of the exact map. 0 for a map that
 * is zero in both.
 *
 * @returns [classes]
 */
export function mapErrors(exact: ExplanationBasis, altered: ExplanationBasis, from: From): Float64Array {
  return Float64Array.from({ length: exact.parts.classes.classes }, (_, index) => {
    const [wanted, found] = [exact.scoresOfClass(index, from), altered.scoresOfClass(index, from)];
    let [difference, largest] = [0, 0];
    for (const [i, score] of wanted.entries()) {
      difference = Math.max(difference, Math.abs(score - (found[i] ?? 0)));
      largest = Math.max(largest, Math.abs(score));
    }
    return difference === 0 ? 0 : difference / largest;
  });
}
