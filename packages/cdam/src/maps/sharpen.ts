/**
 * Sharpening: strong scores stand out more, and nothing else changes. Methods that see all blocks give many patches a small score; a
 * person sees the few that matter sooner when small scores are made smaller still. It is a choice of display and of measurement, which any
 * map can have, so where the compactness of methods is compared, all of them should have it or none.
 */
import { ExplanationError } from '../errors.ts';

/**
 * s·(|s| / m)^(power − 1) for each score s, where m is the largest magnitude. So the sign, the order and the largest magnitude stay as they
 * are, and twice the map gives twice the result: with power 2 it is s·|s|, up to one factor for the whole map.
 *
 * @param scores of a whole map
 * @param power from 1, which changes nothing; 2 is the usual one
 * @returns new scores; those of a map of zeros stay zero
 * @throws ExplanationError `rendering` for a power below 1
 */
export function sharpened(scores: Float32Array, power: number): Float32Array {
  if (!(power >= 1 && power < Number.POSITIVE_INFINITY))
    throw new ExplanationError('rendering', `sharpened: the power ${power} is not a number from 1; 2 is the usual one`);
  const most = scores.reduce((largest, score) => Math.max(largest, Math.abs(score)), 0);
  return most === 0 || power === 1 ? scores.slice() : scores.map((score) => score * (Math.abs(score) / most) ** (power - 1));
}
