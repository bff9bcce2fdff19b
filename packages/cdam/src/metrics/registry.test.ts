/** What the list of metrics promises. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { METRICS } from './registry.ts';

/** Files of this folder that hold no metric, and what they are. */
const NO_METRICS: Readonly<Record<string, string>> = {
  blur: 'a filter',
  imputation: 'what removed pixels are filled in with',
  measurement: 'all metrics of one picture',
  registry: 'the list',
  removal: 'what the model says without some patches',
  statistics: 'of many pictures',
  trial: 'what a metric measures',
};

it('names each metric once', () => {
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

it('draws on every file of metrics', () => {
  const registry = readFileSync(join(import.meta.dirname, 'registry.ts'), 'utf8');
  const files = readdirSync(import.meta.dirname).filter((file) => !file.endsWith('.test.ts'));
  const unlisted = files.filter((file) => !(file.replace(/\.ts$/, '') in NO_METRICS) && !registry.includes(`'./${file}'`));
  expect(unlisted.map((file) => `registry.ts lists no metric of ${file}`)).toEqual([]);
});

it('calls no other metric published than those of the paper, which an evaluation measures when nothing is said', () => {
  expect(METRICS.filter(({ published }) => published).map(({ name }) => name)).toEqual([
    'area-mean',
    'area-drop',
    'box-sensitivity',
    'compactness',
    'gini',
    'entropy',
    'pearson-second',
    'spearman-second',
    'pearson-lowest',
    'spearman-lowest',
    'pearson-random',
    'spearman-random',
  ]);
});
