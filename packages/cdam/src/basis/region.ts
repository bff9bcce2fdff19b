/**
 * The basis backwards: which classes a part of the picture speaks for, and which against. From the logit the sums of the maps of all classes over
 * a region R are W·(L·1_R), one product with the basis and one with the head, so a thousand classes cost no more than a few maps.
 */
import { ExplanationError } from '../errors.ts';
import { classesAreIndependent, hasLogOdds, probabilitiesOf } from '../targets/classes.ts';
import type { From } from '../targets/target.ts';
import { type ClassTarget, classTarget } from '../targets/target.ts';
import type { ExplanationBasis } from './explanation-basis.ts';

/** What a region says about a class: the sum of the class's map over the region. */
export interface ClassEvidence extends ClassTarget {
  /** In the unit of what is explained: of logits, log-odds or probability. */
  readonly score: number;
}

/** What a region says about all classes. */
export interface RegionEvidence {
  /** The classes that the region speaks for, strongest first. */
  readonly for: readonly ClassEvidence[];
  /** The classes that it speaks against, strongest first. */
  readonly against: readonly ClassEvidence[];
}

/** What is asked of a region. */
export interface RegionQuestion {
  /** `logit` by default. */
  readonly from?: From | undefined;
  /** The index of a class that all others are held against. */
  readonly versus?: number | undefined;
}

/**
 * The classes that a region speaks for and against.
 *
 * @param patches the region, by the indices of its patches, row by row; each counts once
 * @throws ExplanationError `map` for a patch that the grid does not have, `target` for a class that does not exist, or for the probability of the
 *   outputs of a regression
 */
export function classesOf(basis: ExplanationBasis, patches: Iterable<number>, question: RegionQuestion = {}): RegionEvidence {
  const { from = 'logit', versus } = question;
  const scores = regionScores(basis, patches, from);
  const { classes } = basis.parts;
  const other = versus === undefined ? 0 : scores[versus];
  if (other === undefined) throw new ExplanationError('target', `classesOf: there is no class ${versus} to hold the others against`);
  const evidence = Array.from(scores, (score, index) => ({ ...classTarget(classes, index), score: score - other }));
  return {
    for: evidence.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score),
    against: evidence.filter(({ score }) => score < 0).sort((a, b) => a.score - b.score),
  };
}

/**
 * The sums over a region of the maps of all classes.
 *
 * @returns [classes]; entry c is what `basis.map(c, from)` sums to over the patches
 * @throws ExplanationError as `classesOf` does
 */
export function regionScores(basis: ExplanationBasis, patches: Iterable<number>, from: From = 'logit'): Float64Array {
  const { classes } = basis.parts;
  const logits = headOf(basis, sumOver(basis, patches));
  if (from === 'logit' || (from === 'log-odds' && !hasLogOdds(classes))) return logits;
  if (classes.regression)
    throw new ExplanationError('target', 'classesOf: outputs of a regression have no probability; explain them from the logit');
  const shares = probabilitiesOf(basis.logits, classes);
  if (classesAreIndependent(classes)) return logits.map((s, c) => (shares[c] ?? 0) * (1 - (shares[c] ?? 0)) * s);
  const mean = logits.reduce((sum, s, c) => sum + (shares[c] ?? 0) * s, 0);
  if (from === 'probability') return logits.map((s, c) => (shares[c] ?? 0) * (s - mean));
  return logits.map((s, c) => s - meanOfOthers(basis, logits, c, mean, shares[c] ?? 0));
}

/** Σ_{k≠c} p_k·s_k/(1 − p_c), from the mean of all unless 1 − p_c has lost its digits. */
function meanOfOthers(basis: ExplanationBasis, scores: Float64Array, index: number, mean: number, share: number): number {
  if (1 - share > 1e-6) return (mean - share * (scores[index] ?? 0)) / (1 - share);
  const others = basis.logits.map((z, k) => (k === index ? Number.NEGATIVE_INFINITY : z));
  return probabilitiesOf(others, basis.parts.classes).reduce((sum, q, k) => sum + q * (scores[k] ?? 0), 0);
}

/** L·1_R, [width] */
function sumOver(basis: ExplanationBasis, patches: Iterable<number>): Float64Array {
  const { maps, latent } = basis.parts;
  const count = maps.length / latent.length;
  const region = [...new Set(patches)];
  const bad = region.find((patch) => !Number.isInteger(patch) || patch < 0 || patch >= count);
  if (bad !== undefined)
    throw new ExplanationError('map', `classesOf: there is no patch ${bad}; the grid has those from 0 to ${count - 1}`);
  return Float64Array.from(latent, (_, j) => region.reduce((sum, patch) => sum + (maps[j * count + patch] ?? 0), 0));
}

/** W·x, [classes] */
function headOf({ parts: { head, classes } }: ExplanationBasis, x: Float64Array): Float64Array {
  const weight = head?.weight ?? new Float32Array();
  return Float64Array.from({ length: classes.classes }, (_, c) => {
    let sum = 0;
    for (let j = 0, at = c * x.length; j < x.length; j++, at++) sum += (x[j] ?? 0) * (weight[at] ?? 0);
    return sum;
  });
}
