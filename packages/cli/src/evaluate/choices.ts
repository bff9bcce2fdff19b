/**
 * The options of `cdam evaluate`, from what was typed to what is meant.
 */
import type { EvaluationPlan, Shard } from '@cdam/evaluation';
import type { InputSize, Preprocessing } from '@cdam/vit';
import { findMetric, METHODS, METRICS, type MethodChoice, type Metric } from 'cdam';
import { Option } from 'commander';
import { type BackendChoice, backendChoices } from '../backends.ts';
import { CliError } from '../errors.ts';
import { inputOptions, weightsOption } from '../options.ts';
import { parseMethodChoice } from './method-choice.ts';

/** As commander hands them over. */
export interface EvaluateOptions extends EvaluationPlan {
  /** Folder or file; the bundled model by default. */
  readonly model?: string;
  readonly out: string;
  readonly size?: InputSize;
  readonly fit?: Preprocessing['fit'];
  readonly backend: BackendChoice;
  readonly limit?: number;
  readonly masks?: string;
  readonly examples: number;
  /** From the environment by default. */
  readonly shard?: Shard;
  readonly quiet?: boolean;
}

/** Names with commas between them. */
function namesOf(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new CliError('usage', `${JSON.stringify(value)}: give names with commas between them`);
  return names;
}

/** A group in one word. */
function wordOf(group: string): string {
  return group.replaceAll(' ', '-');
}

/** `all`, or methods with commas between them, each perhaps with options. */
export function parseMethods(value: string): MethodChoice[] {
  const labels = namesOf(value).flatMap((label) => (label === 'all' ? METHODS.map(({ name }) => name) : [label]));
  return [...new Set(labels)].map(parseMethodChoice);
}

/**
 * `all`, `published` (the paper's three benchmarks), groups (`class-sensitivity`) or metrics, with commas between them, in the order of
 * the registry. `all` is without those that need a mask: few pictures have one.
 *
 * @throws ExplanationError `metric` for one that does not exist
 */
export function parseMetrics(value: string): Metric[] {
  const chosen = new Set(
    namesOf(value).flatMap((name) => {
      if (name === 'all') return METRICS.filter(({ needs }) => needs !== 'a mask');
      if (name === 'published') return METRICS.filter(({ published }) => published);
      // `compactness` is a group and a metric of it; the metric is meant.
      const group = METRICS.some((metric) => metric.name === name) ? [] : METRICS.filter((metric) => wordOf(metric.group) === name);
      return group.length > 0 ? group : [findMetric(name)];
    }),
  );
  return METRICS.filter((metric) => chosen.has(metric));
}

function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    if (/^\d+$/.test(value) && Number(value) >= least) return Number(value);
    throw new CliError('usage', `${JSON.stringify(value)} is not a whole number from ${least}`);
  };
}

/** `2/8`: the second of eight. @throws CliError `usage` */
export function parseShard(text: string): Shard {
  const [, number = Number.NaN, count = Number.NaN] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= count)) throw new CliError('usage', `--shard ${text}: give a part such as 2/8, the second of eight`);
  return { number, count };
}

/** For commander. */
export function evaluateOptions(): Option[] {
  return [
    new Option('--model <folder|file>', 'a model folder, or a .safetensors file (default: the bundled model)'),
    new Option('--methods <names>', 'with commas between them, or all; options follow a name: smooth-cdam:noise=0.1:samples=20')
      .argParser(parseMethods)
      .default(parseMethods('all'), 'all'),
    new Option('--metrics <names>', 'metrics or groups of them, with commas between them; all; published: the benchmarks of the paper')
      .argParser(parseMetrics)
      .default(parseMetrics('published'), 'published'),
    new Option('--target <target>', 'explain the predicted class, or the label in the table')
      .choices(['predicted', 'label'])
      .default('predicted'),
    ...inputOptions(),
    new Option('--out <folder>', 'for the report, and for what a later run resumes from').default('report'),
    new Option('--backend <backend>', 'where to compute; auto takes a GPU if there is one').choices(backendChoices).default('auto'),
    weightsOption(),
    new Option('--seed <n>', 'of everything drawn by lot').argParser(wholeNumber(0)).default(0),
    new Option('--steps <n>', 'parts that patches are removed in').argParser(wholeNumber(1)).default(20),
    new Option('--draws <n>', 'random boxes, or sets of patches').argParser(wholeNumber(3)).default(100),
    new Option('--limit <n>', 'so many pictures, evenly from the whole list').argParser(wholeNumber(1)),
    new Option('--masks <folder>', 'masks, light where the object is: <name of the picture>.png each'),
    new Option('--examples <n>', 'pictures whose maps the report shows').argParser(wholeNumber(0)).default(4),
    new Option(
      '--shard <i/n>',
      'measure a part, for `cdam evaluate merge` (default: as a Slurm array or an indexed Kubernetes job says)',
    ).argParser(parseShard),
    new Option('--quiet', 'print nothing but errors'),
  ];
}

/** The metrics as a list for `evaluate --help`. */
export function metricTable(): string {
  const width = Math.max(...METRICS.map(({ name }) => name.length));
  const groups = [...new Set(METRICS.map(({ group }) => group))];
  const lines = groups.flatMap((group) => [
    `  ${wordOf(group)}`,
    ...METRICS.filter((metric) => metric.group === group).map(({ name, summary }) => `    ${name.padEnd(width)}  ${summary}`),
  ]);
  return ['', 'Metrics, by group:', ...lines].join('\n');
}
