/**
 * Class sensitivity: maps of different classes should differ. Raw maps are compared, since clipping and scaling for display would make
 * them more alike. The maps of a method that does not depend on the class have a correlation of 1.
 */
import { Random } from '@cdam/tensor';
import { ExplanationError } from '../errors.ts';
import { meanOf, pearson, spearman } from './statistics.ts';
import type { Trial } from './trial.ts';

/** The class that the target is compared with: the best of the others, the one with the lowest logit, or one drawn at random. */
export type Contrast = 'second' | 'lowest' | 'random';

/**
 * The classes that the target is compared with.
 * @throws ExplanationError `metric` for a model with fewer than two classes
 */
export function contrastClasses(logits: Float32Array, target: number, seed: number): Readonly<Record<Contrast, number>> {
  const others = Array.from(logits.keys()).filter((index) => index !== target);
  const byLogit = others.toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const [second, lowest] = [byLogit[0], byLogit.at(-1)];
  const random = others.length > 0 ? others[new Random(seed).below(others.length)] : undefined;
  if (second === undefined || lowest === undefined || random === undefined) {
    throw new ExplanationError('metric', `class sensitivity: the model has ${logits.length} classes; two are needed to compare their maps`);
  }
  return { second, lowest, random };
}

/**
 * For each subject, the correlation of its map of the target with its map of another class, from −1 to 1. Lower is better. NaN when one
 * of the maps is constant.
 */
export async function classCorrelation(trial: Trial, contrast: Contrast, kind: 'pearson' | 'spearman', seed = 0): Promise<number[]> {
  const correlate = kind === 'pearson' ? pearson : spearman;
  return (await pairsOf(trial, contrast, seed)).map(([own, other]) => correlate(own, other));
}

/**
 * Random logit (Sixt et al. 2020, as in Quantus): the structural similarity of the map of the target and the map of a random other class,
 * each divided by its largest magnitude. Lower is better. NaN when one of the maps is zero.
 */
export async function randomLogit(trial: Trial, seed = 0): Promise<number[]> {
  const pairs = await pairsOf(trial, 'random', seed);
  return pairs.map(([own, other]) => structuralSimilarity(normalised(own), normalised(other), trial.view.grid));
}

/** For each subject its maps of the target and of the other class. All contrasts are explained together, which saves work. */
async function pairsOf({ view, target, subjects }: Trial, contrast: Contrast, seed: number): Promise<[Float32Array, Float32Array][]> {
  const classes = contrastClasses(await view.logits(), target, seed);
  const pairs: [Float32Array, Float32Array][] = [];
  for (const subject of subjects) {
    await subject.maps(view, [target, classes.second, classes.lowest, classes.random]);
    const [own = new Float32Array(), other = new Float32Array()] = await subject.maps(view, [target, classes[contrast]]);
    pairs.push([own, other]);
  }
  return pairs;
}

function normalised(map: Float32Array): Float32Array {
  const most = map.reduce((largest, score) => Math.max(largest, Math.abs(score)), 0);
  return map.map((score) => score / most);
}

/** Side of the windows, in patches, unless the grid is smaller. */
const WINDOW = 7;

/**
 * The structural similarity of Wang et al. (2004), as scikit-image computes it by default: uniform windows of 7×7 inside the map, sample
 * covariance, K₁ = 0.01, K₂ = 0.03, and as data range the range of both maps together.
 *
 * @param a a map of rows·columns patches, row by row
 * @param b another map of the same size
 */
export function structuralSimilarity(a: Float32Array, b: Float32Array, [rows, columns]: readonly [number, number]): number {
  const shortest = Math.min(rows, columns, WINDOW);
  const side = shortest % 2 === 0 ? shortest - 1 : shortest;
  const both = [...a, ...b];
  const range = Math.max(...both) - Math.min(...both);
  const values: number[] = [];
  for (let top = 0; top + side <= rows; top++) {
    for (let left = 0; left + side <= columns; left++) {
      const inWindow = (_: number, i: number): boolean => {
        const [y, x] = [Math.floor(i / columns) - top, (i % columns) - left];
        return y >= 0 && y < side && x >= 0 && x < side;
      };
      values.push(similarityOf(a.filter(inWindow), b.filter(inWindow), range));
    }
  }
  return meanOf(values);
}

function similarityOf(a: Float32Array, b: Float32Array, range: number): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  // For a window of a single patch all sums are zero, so the divisor only has to be different from zero.
  const divisor = Math.max(1, a.length - 1);
  const covariance = (x: Float32Array, y: Float32Array, meanX: number, meanY: number): number =>
    x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] ?? Number.NaN) - meanY), 0) / divisor;
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const likeness = (2 * meanA * meanB + c1) * (2 * covariance(a, b, meanA, meanB) + c2);
  return likeness / ((meanA ** 2 + meanB ** 2 + c1) * (covariance(a, a, meanA, meanA) + covariance(b, b, meanB, meanB) + c2));
}
