/**
 * What docs/results.md is made of: the evaluations, which of them come together in a report, the figures, and the tables of the text.
 *
 * Two halves of the photographs are kept apart: part 1 of 2 is for exploration, part 2 of 2 for confirmation. What costs more, or matters
 * less, is measured on parts 1 and 2 of 8, which lie in the two halves.
 */
const ODDS = ':from=log-odds';
const CONTRAST = ['pearson-second', 'pearson-lowest', 'pearson-random'];

/** The methods that are compared first of all. */
export const MAIN = [
  'cdam',
  'relevance',
  'grad-cam',
  'attention',
  `ledger${ODDS}`,
  `frozen-gates${ODDS}`,
  `frozen-gates-routing${ODDS}`,
  'random',
];
const FAMILY = ['ledger', 'frozen-gates', 'frozen-gates-routing'];
const BASELINES = [
  'direct-decomposition',
  'legrad',
  'layer-cam',
  'grad-cam-plus-plus',
  'finer-cam',
  'transformer-attribution',
  'integrated-cdam',
];
const SHARPENED = ['cdam', 'smooth-cdam', 'relevance', 'grad-cam', ...FAMILY.map((method) => method + ODDS)].map(
  (method) => `${method}:sharpen=2`,
);
/** In the order of the tables. */
const ORDER = [
  'cdam',
  `cdam${ODDS}`,
  'smooth-cdam',
  ...FAMILY.flatMap((method) => [method, method + ODDS]),
  'relevance',
  'grad-cam',
  'attention',
  'token-ablation',
  'random',
];

/**
 * Evaluations: the folder, the model, the parts that are measured (1 and 2 of `of`), and what is measured. All have 10 steps.
 *
 * @type {readonly { name: string, model: 'deit' | 'augreg', of: number, methods: readonly string[], metrics: readonly string[], size?: number }[]}
 */
export const RUNS = [
  {
    name: 'deit-main',
    model: 'deit',
    of: 2,
    methods: MAIN,
    metrics: ['area-mean', 'area-drop', 'box-sensitivity', 'compactness', 'gini', ...CONTRAST, 'grid-pointing'],
  },
  {
    name: 'deit-more',
    model: 'deit',
    of: 2,
    methods: ['smooth-cdam', `cdam${ODDS}`, ...FAMILY],
    metrics: ['area-drop', 'box-sensitivity', 'compactness', ...CONTRAST, 'grid-pointing'],
  },
  { name: 'deit-smooth-mean', model: 'deit', of: 2, methods: ['smooth-cdam'], metrics: ['area-mean'] },
  {
    name: 'deit-ablation',
    model: 'deit',
    of: 8,
    methods: ['token-ablation'],
    metrics: ['area-mean', 'area-drop', 'box-sensitivity', 'compactness', ...CONTRAST],
  },
  {
    name: 'deit-sharp',
    model: 'deit',
    of: 8,
    methods: SHARPENED,
    metrics: ['box-sensitivity', 'compactness', ...CONTRAST, 'grid-pointing'],
  },
  {
    name: 'deit-baselines',
    model: 'deit',
    of: 8,
    methods: BASELINES,
    metrics: ['area-drop', 'compactness', ...CONTRAST, 'grid-pointing'],
  },
  {
    name: 'augreg',
    model: 'augreg',
    of: 2,
    methods: [
      'cdam',
      'smooth-cdam',
      'relevance',
      'grad-cam',
      'attention',
      ...FAMILY.flatMap((method) => [method, method + ODDS]),
      'random',
    ],
    metrics: ['area-drop', 'compactness', ...CONTRAST, 'grid-pointing'],
  },
  {
    name: 'deit-384',
    model: 'deit',
    of: 8,
    methods: ['cdam', 'smooth-cdam', 'relevance', 'grad-cam', ...FAMILY.map((method) => method + ODDS), 'random'],
    metrics: ['area-drop', 'compactness'],
    size: 384,
  },
];

const DEIT = ['deit-main', 'deit-more', 'deit-smooth-mean', 'deit-ablation', 'deit-sharp', 'deit-baselines'];
const AREAS = { metrics: ['area-mean', 'area-drop'], methods: ORDER.filter((method) => method !== 'token-ablation') };

/**
 * Reports: the evaluations that come together, and which halves of the photographs. All are compared with `relevance`, the best method
 * that was known before.
 *
 * @type {readonly { name: string, runs: readonly string[], halves: readonly (1 | 2)[], methods?: readonly string[], metrics?: readonly string[] }[]}
 */
export const REPORTS = [
  { name: 'deit', runs: DEIT, halves: [1, 2], methods: [...ORDER, ...BASELINES, ...SHARPENED] },
  { name: 'deit-exploration', runs: DEIT, halves: [1], ...AREAS },
  { name: 'deit-confirmation', runs: DEIT, halves: [2], ...AREAS },
  { name: 'augreg', runs: ['augreg'], halves: [1, 2] },
  { name: 'augreg-exploration', runs: ['augreg'], halves: [1], metrics: ['area-drop'] },
  { name: 'augreg-confirmation', runs: ['augreg'], halves: [2], metrics: ['area-drop'] },
  { name: 'deit-384', runs: ['deit-384'], halves: [1, 2] },
];

export const BASELINE = 'relevance';

/** The titles of metrics in the tables of the text. */
const TITLES = {
  'area-mean': 'area-mean',
  'area-drop': 'area-drop',
  'box-sensitivity': 'box',
  compactness: 'compact',
  'pearson-second': 'second',
  'pearson-lowest': 'lowest',
  'pearson-random': 'random',
  'grid-pointing': 'pointing',
};

/**
 * A column: a metric in a report, or its difference to the baseline.
 * @typedef {{ report: string, metric: keyof typeof TITLES, title: string, difference?: boolean }} Column
 */

/** @param {string} report @param {readonly (keyof typeof TITLES)[]} metrics @returns {Column[]} */
function columns(report, metrics) {
  return metrics.map((metric) => ({ report, metric, title: TITLES[metric] }));
}

/** @param {string} report @param {keyof typeof TITLES} metric @param {string} title @returns {Column} */
function difference(report, metric, title) {
  return { report, metric, title, difference: true };
}

const AGREEMENT = /** @type {const} */ (['compactness', 'pearson-second', 'pearson-lowest', 'pearson-random', 'grid-pointing']);
const COMPARED = ORDER.filter((method) => !['relevance', 'attention', 'token-ablation', 'random'].includes(method));

/**
 * The tables of docs/results.md by the names of their marks.
 * @type {Readonly<Record<string, { methods: readonly string[], columns: readonly Column[] }>>}
 */
export const TABLES = {
  main: { methods: ORDER, columns: columns('deit', ['area-mean', 'area-drop', 'box-sensitivity', ...AGREEMENT]) },
  paired: {
    methods: COMPARED,
    columns: [
      difference('deit-exploration', 'area-mean', 'area-mean, exploration'),
      difference('deit-confirmation', 'area-mean', 'area-mean, confirmation'),
      difference('deit-exploration', 'area-drop', 'area-drop, exploration'),
      difference('deit-confirmation', 'area-drop', 'area-drop, confirmation'),
    ],
  },
  augreg: {
    methods: ORDER.filter((method) => !['token-ablation', `cdam${ODDS}`].includes(method)),
    columns: columns('augreg', ['area-drop', ...AGREEMENT]),
  },
  'augreg-paired': {
    methods: COMPARED.filter((method) => method !== `cdam${ODDS}`),
    columns: [
      difference('augreg-exploration', 'area-drop', 'area-drop, exploration'),
      difference('augreg-confirmation', 'area-drop', 'area-drop, confirmation'),
      difference('augreg', 'area-drop', 'area-drop, all'),
    ],
  },
  resolution: {
    methods: ['cdam', 'smooth-cdam', ...FAMILY.map((method) => method + ODDS), 'relevance', 'grad-cam', 'random'],
    columns: [...columns('deit-384', ['area-drop', 'compactness']), difference('deit-384', 'area-drop', 'area-drop minus relevance')],
  },
  sharpened: { methods: SHARPENED, columns: columns('deit', ['box-sensitivity', ...AGREEMENT]) },
  baselines: {
    methods: BASELINES,
    columns: [...columns('deit', ['area-drop', ...AGREEMENT]), difference('deit', 'area-drop', 'area-drop minus relevance')],
  },
};
