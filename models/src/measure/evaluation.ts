/**
 * What the bundled model is worth, measured on mosaics: does it name the articles that are there, and do its maps point at them?
 */

import type { VisionTransformer } from '@cdam/vit';
import { attentionMap, explain, look } from 'cdam';
import { ARTICLE_NAMES } from '../data/fashion-mnist.ts';
import { EMPTY, MOSAIC_CELLS, type Mosaics, mosaicPicture, mosaicTargets, onlyCellOf } from '../data/mosaic.ts';
import { positiveShares } from './localization.ts';
import { averagePrecision, meanOf, precisionRecall } from './ranking.ts';

/** How well one class is named, over all mosaics. */
export interface ClassFigures {
  readonly label: string;
  /** Mosaics that show it. */
  readonly mosaics: number;
  readonly averagePrecision: number;
  /** Of the mosaics with a probability above one half; null when there is none. */
  readonly precision: number | null;
  readonly recall: number;
  /** Mean share of the positive CDAM score, and of the attention map, in the class' cell: see Localization. */
  readonly cdamShare: number;
  readonly attentionShare: number;
}

/**
 * Where maps lie. There is one map for each pair of a mosaic and a class that exactly one of its cells shows. `share` is the part of
 * the map's positive score inside that cell, `hits` the part of the pairs in which no other cell has a larger one; both are means
 * over the pairs, and a map that knows nothing of the class has a quarter.
 */
export interface Localization {
  readonly pairs: number;
  readonly cdam: { readonly share: number; readonly hits: number };
  readonly attention: { readonly share: number; readonly hits: number };
}

export interface Evaluation {
  readonly mosaics: number;
  /** The mean of the classes' average precision. */
  readonly meanAveragePrecision: number;
  readonly localization: Localization;
  /** The same over mosaics without an empty cell: there nothing is gained by merely telling articles from background. */
  readonly localizationInFullMosaics: Localization;
  readonly classes: readonly ClassFigures[];
}

/** What is known of one mosaic and one class that one of its cells shows. */
interface Pair {
  readonly label: number;
  readonly cell: number;
  readonly full: boolean;
  /** Shares of the positive score, by cell. */
  readonly cdam: readonly number[];
  readonly attention: readonly number[];
}

/** Measures a model. `done` is told after each mosaic how many are. */
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
      const attention = positiveShares((await attentionMap(view)).scores);
      const maps = await explain(
        view,
        'cdam',
        shown.map(({ label }) => label),
      );
      shown.forEach(({ label, cell }, i) => {
        pairs.push({ label, cell, full: !own.includes(EMPTY), cdam: positiveShares(maps[i]?.scores ?? []), attention });
      });
    }
    done(mosaic + 1);
  }
  const classes = classFigures(logits, mosaicTargets(mosaics), pairs);
  return {
    mosaics: mosaics.count,
    meanAveragePrecision: meanOf(classes.map((figures) => figures.averagePrecision)),
    localization: localize(pairs),
    localizationInFullMosaics: localize(pairs.filter(({ full }) => full)),
    classes,
  };
}

function classFigures(logits: readonly Float32Array[], targets: Float32Array, pairs: readonly Pair[]): ClassFigures[] {
  return ARTICLE_NAMES.map((label, index) => {
    const scores = logits.map((row) => row[index] ?? Number.NaN);
    const positive = logits.map((_, mosaic) => targets[mosaic * ARTICLE_NAMES.length + index] === 1);
    // A probability above one half is a logit above 0.
    const { precision, recall } = precisionRecall(scores, positive, 0);
    const { cdam, attention } = localize(pairs.filter((pair) => pair.label === index));
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

function localize(pairs: readonly Pair[]): Localization {
  const figures = (method: 'cdam' | 'attention'): { share: number; hits: number } => ({
    share: meanOf(pairs.map((pair) => pair[method][pair.cell] ?? 0)),
    hits: meanOf(pairs.map((pair) => Number(isLargest(pair[method], pair.cell)))),
  });
  return { pairs: pairs.length, cdam: figures('cdam'), attention: figures('attention') };
}

function isLargest(shares: readonly number[], cell: number): boolean {
  const share = shares[cell] ?? 0;
  return share > 0 && share === Math.max(...shares);
}
