/**
 * All metrics: their names, which way is better, and what they need. Evaluations and their reports read this list.
 */
import { ExplanationError } from '../errors.ts';
import { classCorrelation, randomLogit } from './class-sensitivity.ts';
import { entropy, gini, shareOfSmall } from './compactness.ts';
import { areaBetweenCurves, deletion, insertion } from './curves.ts';
import { gridPointing, positiveShare } from './grid-pointing.ts';
import { bestIntersectionOverUnion, pointsInside } from './mask-agreement.ts';
import { maxSensitivity } from './max-sensitivity.ts';
import { boxSensitivity, infidelity, sensitivityN } from './regions.ts';
import type { Removal } from './removal.ts';
import { road } from './road.ts';
import { saco } from './saco.ts';
import { smallestShare } from './smallest-share.ts';
import { mapsOf, type Trial } from './trial.ts';
import { weightRandomisation } from './weight-randomisation.ts';

/** The options of metrics. */
export interface MetricOptions {
  /** In how many steps all patches are removed: 20 by default. */
  readonly steps?: number | undefined;
  /** How many random boxes or sets of patches there are: 100 by default. */
  readonly draws?: number | undefined;
  /** Seed of all random numbers. */
  readonly seed?: number | undefined;
}

/** The question that a metric answers. */
export type MetricGroup = 'correctness' | 'compactness' | 'class sensitivity' | 'sanity' | 'agreement with masks';

/** A way to measure the maps of a picture. */
export interface Metric {
  /** Its name on the command line and in reports. */
  readonly name: string;
  readonly group: MetricGroup;
  /** What it is, in one line. */
  readonly summary: string;
  /** Whether higher or lower numbers are better. */
  readonly direction: 'higher' | 'lower';
  /** What it computes from. */
  readonly needs:
    | 'the map'
    | 'forward passes'
    | 'maps of other classes'
    | 'maps of noisy pictures'
    | 'pictures of other classes'
    | 'models with other weights'
    | 'a mask';
  /** True for the metrics of the three benchmarks in the paper (Brocki, Binda and Chung 2024). */
  readonly published: boolean;
  /** Gives one number for each subject of the trial, NaN where it is not defined. Throws ExplanationError `metric` if it cannot. */
  readonly measure: (trial: Trial, options: MetricOptions) => Promise<readonly number[]>;
}

const AREA_SUMMARY = 'area between the logit’s curves when the least and the most important patches are removed first';

/** The area between two curves, with one way to remove patches. */
/* @__NO_SIDE_EFFECTS__ */
function area(removal: Removal, how: string): Metric {
  return {
    name: `area-${removal}`,
    group: 'correctness',
    summary: `${AREA_SUMMARY}, ${how}`,
    direction: 'higher',
    needs: 'forward passes',
    published: removal === 'mean' || removal === 'drop',
    measure: async (trial, options) => await areaBetweenCurves(trial.view, trial.target, await mapsOf(trial), { ...options, removal }),
  };
}

/** The correlation of the maps of two classes. */
/* @__NO_SIDE_EFFECTS__ */
function correlation(contrast: 'second' | 'lowest' | 'random', kind: 'pearson' | 'spearman'): Metric {
  const other = { second: 'the second best', lowest: 'the one with the lowest logit', random: 'a random one' }[contrast];
  return {
    name: `${kind}-${contrast}`,
    group: 'class sensitivity',
    summary: `${kind === 'pearson' ? 'Pearson’s' : 'Spearman’s'} correlation of the maps of the class and of ${other}`,
    direction: 'lower',
    needs: 'maps of other classes',
    published: true,
    measure: async (trial, { seed }) => await classCorrelation(trial, contrast, kind, seed),
  };
}

/** A metric of the map alone. */
/* @__NO_SIDE_EFFECTS__ */
function compactness(name: string, summary: string, direction: Metric['direction'], of: (map: Float32Array) => number): Metric {
  const measure: Metric['measure'] = async (trial) => (await mapsOf(trial)).map(of);
  return { name, group: 'compactness', summary, direction, needs: 'the map', published: true, measure };
}

/** A metric that compares the map with a mask. */
/* @__NO_SIDE_EFFECTS__ */
function againstMask(name: string, summary: string, of: (map: Float32Array, mask: Float32Array) => number): Metric {
  const measure: Metric['measure'] = async (trial) => {
    const { mask } = trial;
    if (mask === undefined) throw new ExplanationError('metric', `${name}: the picture has no mask`);
    return (await mapsOf(trial)).map((map) => of(map, mask));
  };
  return { name, group: 'agreement with masks', summary, direction: 'higher', needs: 'a mask', published: false, measure };
}

/** A metric that removes patches. */
/* @__NO_SIDE_EFFECTS__ */
function removing(
  name: string,
  summary: string,
  direction: Metric['direction'],
  of: typeof boxSensitivity | typeof deletion | typeof road | typeof saco,
  published = false,
): Metric {
  const measure: Metric['measure'] = async (trial, options) => await of(trial.view, trial.target, await mapsOf(trial), options);
  return { name, group: 'correctness', summary, direction, needs: 'forward passes', published, measure };
}

/** All metrics, in the order in which lists show them. */
export const METRICS: readonly Metric[] = [
  area('mean', 'replaced by the mean of the picture'),
  area('zero', 'replaced by zero'),
  area('blur', 'replaced by a blurred picture'),
  area('drop', 'dropped as tokens'),
  removing(
    'box-sensitivity',
    'correlation of the map’s sum and the logit’s drop over random boxes, blurred',
    'higher',
    boxSensitivity,
    true,
  ),
  removing('insertion', 'area under the probability while the most important patches are put in first', 'higher', insertion),
  removing('deletion', 'area under the probability while the most important patches are removed first', 'lower', deletion),
  removing('sensitivity-n', 'correlation of the map’s sum and the logit’s drop over random sets of patches', 'higher', sensitivityN),
  removing('infidelity', 'squared difference of the scaled map’s sum and the logit’s drop over random sets', 'lower', infidelity),
  removing(
    'saco',
    'whether of two groups of patches the one with higher scores matters more, pairs weighted by their difference',
    'higher',
    saco,
  ),
  removing(
    'road',
    'half the difference of the probability when the least and the most important patches are filled in; slow: 18 forward passes a map, and 18 times three linear systems over the removed pixels',
    'higher',
    road,
  ),
  {
    name: 'smallest-share',
    group: 'correctness',
    summary: 'smallest share of patches, the most important first, that keeps the prediction when all others are dropped',
    direction: 'lower',
    needs: 'forward passes',
    published: false,
    measure: async (trial, { seed }) => await smallestShare(trial.view, trial.target, await mapsOf(trial), seed),
  },
  {
    name: 'max-sensitivity',
    group: 'correctness',
    summary: 'largest relative change of the map under slight noise on the picture',
    direction: 'lower',
    needs: 'maps of noisy pictures',
    published: false,
    measure: async (trial, { seed }) => await maxSensitivity(trial, { seed }),
  },
  compactness('compactness', 'share of patches of at most 5 % of the largest magnitude', 'higher', shareOfSmall),
  compactness('gini', 'Gini’s coefficient of the magnitudes', 'higher', gini),
  compactness('entropy', 'entropy of the magnitudes, in nats', 'lower', entropy),
  correlation('second', 'pearson'),
  correlation('second', 'spearman'),
  correlation('lowest', 'pearson'),
  correlation('lowest', 'spearman'),
  correlation('random', 'pearson'),
  correlation('random', 'spearman'),
  {
    name: 'random-logit',
    group: 'class sensitivity',
    summary: 'structural similarity of the maps of the class and of a random class',
    direction: 'lower',
    needs: 'maps of other classes',
    published: false,
    measure: async (trial, { seed }) => await randomLogit(trial, seed),
  },
  {
    name: 'grid-pointing',
    group: 'class sensitivity',
    summary: 'share of positive score in the cell of the class, in a mosaic of four pictures; 0.25 is chance',
    direction: 'higher',
    needs: 'pictures of other classes',
    published: false,
    measure: async (trial, { seed }) => await gridPointing(trial, seed),
  },
  {
    name: 'weight-randomisation',
    group: 'sanity',
    summary: 'mean Spearman correlation with the maps of models with random weights, from the head down',
    direction: 'lower',
    needs: 'models with other weights',
    published: false,
    measure: async (trial, { seed }) => await weightRandomisation(trial, { seed }),
  },
  againstMask('mask-pointing', 'the patch with the highest score lies inside the mask', pointsInside),
  againstMask('mask-share', 'share of positive score inside the mask', positiveShare),
  againstMask('mask-iou', 'intersection over union at the best threshold', bestIntersectionOverUnion),
];

/** The metric of a name. @throws ExplanationError `metric`, with all names, when there is none */
export function findMetric(name: string): Metric {
  const metric = METRICS.find((candidate) => candidate.name === name);
  if (metric === undefined) {
    throw new ExplanationError('metric', `there is no metric "${name}"; there are ${METRICS.map((known) => known.name).join(', ')}`);
  }
  return metric;
}
