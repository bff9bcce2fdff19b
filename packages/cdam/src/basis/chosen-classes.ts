/**
 * A basis of a few classes, for a page that asks of no others: the maps of these classes take the place of the maps of all dimensions of the
 * latent. It is small (twenty classes of 196 patches take 8 kB in half precision), and carries outputs of the model and none of its weights.
 */
import { ExplanationError } from '../errors.ts';
import { type ClassScheme, hasLogOdds } from '../targets/classes.ts';
import { classTarget } from '../targets/target.ts';
import { type BasisParts, ExplanationBasis } from './explanation-basis.ts';

/**
 * The basis of some classes. Where classes exclude each other, all that were left out become one more class at the end, `any other class`, so that
 * probabilities, log-odds and their maps stay what they were. Its latent is the logits, and no longer what concepts are made of.
 *
 * The logit of the rest is ℓ = log Σ_k exp z_k, and its gradient Σ_k q_k·W_k with q the softmax among the rest, so that the gradient of any
 * p_c, which is p_c·(W_c − Σ_k p_k·W_k), does not change.
 *
 * @param chosen the indices of classes, in the order in which the new basis shall have them
 * @throws ExplanationError `target` for a class that does not exist or is named twice, or for none; `basis` for one of reduced rank
 */
export function ofClasses(basis: ExplanationBasis, chosen: readonly number[]): ExplanationBasis {
  const { parts, logits } = basis;
  const { classes } = parts;
  const bad = chosen.find((index, i) => !(index in logits) || chosen.indexOf(index) !== i);
  if (bad !== undefined || chosen.length === 0)
    throw new ExplanationError(
      'target',
      `ofClasses: ${bad ?? 'nothing'} is not a class of the basis, or named twice; it has ${logits.length}`,
    );
  if (parts.reduction !== undefined)
    throw new ExplanationError('basis', 'ofClasses: the basis has lost some of its rank; begin with the whole one');
  const rest = hasLogOdds(classes) ? Array.from(logits.keys()).filter((index) => !chosen.includes(index)) : [];
  const rows = chosen.map((index) => ({ logit: logits[index] ?? 0, map: basis.scoresOfClass(index, 'logit') }));
  if (rest.length > 0) rows.push(together(basis, rest));
  return new ExplanationBasis({
    ...parts,
    classes: schemeOf(classes, chosen, rest.length > 0),
    latent: Float32Array.from(rows, ({ logit }) => logit),
    maps: Float32Array.from(rows.flatMap(({ map }) => Array.from(map))),
    head: identity(rows.length),
  });
}

function together(basis: ExplanationBasis, rest: readonly number[]): { logit: number; map: Float32Array } {
  const of = (index: number): number => basis.logits[index] ?? 0;
  const largest = Math.max(...rest.map(of));
  const sum = rest.reduce((total, index) => total + Math.exp(of(index) - largest), 0);
  const map = new Float64Array(basis.grid[0] * basis.grid[1]);
  for (const index of rest) {
    const share = Math.exp(of(index) - largest) / sum;
    for (const [i, score] of basis.scoresOfClass(index, 'logit').entries()) map[i] = (map[i] ?? 0) + share * score;
  }
  return { logit: largest + Math.log(sum), map: Float32Array.from(map) };
}

function schemeOf(scheme: ClassScheme, chosen: readonly number[], others: boolean): ClassScheme {
  const labels = [...chosen.map((index) => classTarget(scheme, index).label), ...(others ? ['any other class'] : [])];
  const names = scheme.labelNames && chosen.map((index) => scheme.labelNames?.[index] ?? '');
  return { ...scheme, classes: labels.length, labels, labelNames: others ? undefined : names };
}

function identity(size: number): NonNullable<BasisParts['head']> {
  const weight = new Float32Array(size * size);
  for (let i = 0; i < size; i++) weight[i * size + i] = 1;
  return { weight, bias: new Float32Array(size) };
}
