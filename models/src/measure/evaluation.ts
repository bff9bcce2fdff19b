/**
 * Measures the bundled model on mosaics: whether it finds the articles that are there, and whether its maps point at them.
 */
import type { VisionTransformer } from '@cdam/vit';
import { explainerOf, look, type MethodName } from 'cdam';
import { ARTICLE_NAMES } from '../data/fashion-mnist.ts';
import { EMPTY, MOSAIC_CELLS, type Mosaics, mosaicPicture, mosaicTargets, onlyCellOf } from '../data/mosaic.ts';
import { positiveShares } from './localisation.ts';
import { averagePrecision, meanOf, precisionRecall } from './ranking.ts';

/** The methods whose maps are held against the mosaics, in the order of the tables. */
export const LOCALISED: readonly LocalisedMethod[] = [
  'cdam',
  'smooth-cdam',
  'ledger',
  'frozen-gates',
  'frozen-gates-routing',
  'grad-cam',
  'relevance',
  'attention',
];

type LocalisedMethod = Extract<
  MethodName,
  'cdam' | 'smooth-cdam' | 'ledger' | 'frozen-gates' | 'frozen-gates-routing' | 'grad-cam' | 'relevance' | 'attention'
>;

/** The results for one class, over all mosaics. */
export interface ClassFigures {
  readonly label: string;
  /** How many mosaics show the class. */
  readonly mosaics: number;
  readonly averagePrecision: number;
  /** Among the mosaics with a probability above one half; null when there are none. */
  readonly precision: number | null;
  readonly recall: number;
  /** The mean share of the positive score of CDAM in the cell of the class: see Localisation. */
  readonly cdamShare: number;
  /** The same for the attention map. */
  readonly attentionShare: number;
}

/**
 * Whether maps point at the right cell. There is one map for each pair of a mosaic and a class that exactly one of its cells shows. `share`
 * is the part of the positive score of the map inside that cell, `hits` the part of the pairs in which no other cell has a larger share.
 * Both are means over the pairs; a map that does not depend on the class has a quarter.
 */
export interface Localisation {
  readonly pairs: number;
  readonly methods: Readonly<Record<LocalisedMethod, { readonly share: number; readonly hits: number }>>;
}

/** The results of an evaluation. */
export interface Evaluation {
  /** How many mosaics were measured. */
  readonly mosaics: number;
  /** The mean of the average precision over the classes. */
  readonly meanAveragePrecision: number;
  readonly localisation: Localisation;
  /** The same for mosaics without an empty cell, where a map must do more than tell articles from the background. */
  readonly localisationInFullMosaics: Localisation;
  readonly classes: readonly ClassFigures[];
}

/** A mosaic and a class that exactly one of its cells shows. */
interface Pair {
  readonly label: number;
  readonly cell: number;
  /** True when the mosaic has no empty cell. */
  readonly full: boolean;
  /** The share of the positive score in each cell. */
  readonly shares: Readonly<Record<LocalisedMethod, readonly number[]>>;
}

/** Measures a model. @param done is called after each mosaic with the number of mosaics that are measured */
export async function evaluate(vit: VisionTransformer, mosaics: Mosaics, done: (count: number) => void = () => {}): Promise<Evaluation> {
  const logits: Float32Array[] = [];
  const pairs: Pair[] = [];
  for (let mosaic = 0; mosaic < mosaics.count; mosaic++) {
    using view = look(vit, mosaicPicture(mosaics, mosaic));
    logits.push(await view.logits());
    const shown = ARTICLE_NAMES.flatMap((_, label) => {
      const cell = onlyCellOf(mosaics, mosaic, label);
      return cell === undefined ? [] : [{ label, cell }];
    });
    const own = mosaics.cells.subarray(mosaic * MOSAIC_CELLS ** 2, (mosaic + 1) * MOSAIC_CELLS ** 2);
    if (shown.length > 0) {
      const labels = shown.map(({ label }) => label);
      const maps = await ofEachMethod(async (method) => await explainerOf(method)(view, labels));
      for (const [i, { label, cell }] of shown.entries()) {
        const shares = await ofEachMethod((method) => positiveShares(maps[method][i] ?? []));
        pairs.push({ label, cell, full: !own.includes(EMPTY), shares });
      }
    }
    done(mosaic + 1);
  }
  const classes = classFigures(logits, mosaicTargets(mosaics), pairs);
  return {
    mosaics: mosaics.count,
    meanAveragePrecision: meanOf(classes.map((figures) => figures.averagePrecision)),
    localisation: localise(pairs),
    localisationInFullMosaics: localise(pairs.filter(({ full }) => full)),
    classes,
  };
}

async function ofEachMethod<T>(make: (method: LocalisedMethod) => T | Promise<T>): Promise<Record<LocalisedMethod, T>> {
  const made: [LocalisedMethod, T][] = [];
  for (const method of LOCALISED) made.push([method, await make(method)]);
  return Object.fromEntries(made) as Record<LocalisedMethod, T>;
}

function classFigures(logits: readonly Float32Array[], targets: Float32Array, pairs: readonly Pair[]): ClassFigures[] {
  return ARTICLE_NAMES.map((label, index) => {
    const scores = logits.map((row) => row[index] ?? Number.NaN);
    const positive = logits.map((_, mosaic) => targets[mosaic * ARTICLE_NAMES.length + index] === 1);
    // A probability above one half is a logit above 0.
    const { precision, recall } = precisionRecall(scores, positive, 0);
    const { cdam, attention } = localise(pairs.filter((pair) => pair.label === index)).methods;
    return {
      label,
      mosaics: positive.filter(Boolean).length,
      averagePrecision: averagePrecision(scores, positive),
      precision: precision ?? null,
      recall,
      cdamShare: cdam.share,
      attentionShare: attention.share,
    };
  });
}

function localise(pairs: readonly Pair[]): Localisation {
  const figures = LOCALISED.map((method) => [
    method,
    {
      share: meanOf(pairs.map(({ shares, cell }) => shares[method][cell] ?? 0)),
      hits: meanOf(pairs.map(({ shares, cell }) => Number(isLargest(shares[method], cell)))),
    },
  ]);
  return { pairs: pairs.length, methods: Object.fromEntries(figures) as Localisation['methods'] };
}

function isLargest(shares: readonly number[], cell: number): boolean {
  const share = shares[cell] ?? 0;
  return share > 0 && share === Math.max(...shares);
}
