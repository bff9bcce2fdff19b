/**
 * The options of `cdam evaluate`.
 */
import type { EvaluationPlan, Shard } from '@cdam/evaluation';
import type { InputSize, Preprocessing } from '@cdam/vit';
import { METHODS, METRICS, type MethodChoice, type Metric, wholeNumber } from 'cdam';
import { Option } from 'commander';
import { type BackendChoice, backendChoices } from '../backends.ts';
import { CliError } from '../errors.ts';
import { parseMethodOption } from '../method-options.ts';
import { metricCalled } from '../names.ts';
import { inputOptions, weightsOption } from '../options.ts';
import { parseMethodChoice } from './method-choice.ts';

/** The options as commander gives them. */
export interface EvaluateOptions extends EvaluationPlan {
  /** A model folder or file; by default the bundled model. */
  readonly model?: string;
  readonly out: string;
  readonly size?: InputSize;
  readonly fit?: Preprocessing['fit'];
  readonly backend: BackendChoice;
  readonly limit?: number;
  readonly masks?: string;
  readonly examples: number;
  /** By default from the environment. */
  readonly shard?: Shard;
  /** The label of a method that the others are compared with. */
  readonly baseline?: string;
  readonly quiet?: boolean;
}

/** The options of `cdam evaluate merge`, as commander gives them. */
export interface MergeChoices {
  readonly out: string;
  /** The labels of the methods to show. */
  readonly methods?: readonly string[];
  readonly metrics?: readonly Metric[];
  readonly baseline?: string;
}

/** The names in a list with commas. */
function namesOf(value: string): string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new CliError('usage', `${JSON.stringify(value)}: give a list of names with commas`);
  return names;
}

/** The name of a group as one word. */
function wordOf(group: string): string {
  return group.replaceAll(' ', '-');
}

/** The methods in a list with commas, each perhaps with options; `all` stands for all methods. */
function parseMethods(value: string): MethodChoice[] {
  const labels = namesOf(value).flatMap((label) => (label === 'all' ? METHODS.map(({ name }) => name) : [label]));
  return [...new Set(labels)].map(parseMethodChoice);
}

/**
 * The metrics in a list with commas, in the order of the registry. A name is that of a metric or of a group (`class-sensitivity`);
 * `published` stands for the three benchmarks of the paper, and `all` for all metrics but those that need a mask, which few pictures have.
 *
 * @throws ExplanationError `metric` for one that does not exist
 */
function parseMetrics(value: string): Metric[] {
  const chosen = new Set(
    namesOf(value).flatMap((name) => {
      if (name === 'all') return METRICS.filter(({ needs }) => needs !== 'a mask');
      if (name === 'published') return METRICS.filter(({ published }) => published);
      // `compactness` is a metric and also a group; the name then stands for the metric.
      const group = METRICS.some((metric) => metric.name === name) ? [] : METRICS.filter((metric) => wordOf(metric.group) === name);
      return group.length > 0 ? group : [metricCalled(name)];
    }),
  );
  return METRICS.filter((metric) => chosen.has(metric));
}

/** An option whose values are whole numbers of at least `least`. */
function count(name: string, summary: string, least: number, fallback?: number): Option {
  const values = wholeNumber(least, least, summary);
  return new Option(`--${name} <n>`, summary).argParser((text) => parseMethodOption(values, text, `--${name}`)).default(fallback);
}

/** The part in a text such as `2/8`, the second of eight. @throws CliError `usage` for another text */
export function parseShard(text: string): Shard {
  const [, number = Number.NaN, count = Number.NaN] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= count)) throw new CliError('usage', `--shard ${text}: give a part such as 2/8, the second of eight`);
  return { number, count };
}

/** The options of `cdam evaluate`, for commander. */
export function evaluateOptions(): Option[] {
  return [
    new Option('--model <folder|file>', 'a model folder, or a .safetensors file (default: the bundled model)'),
    new Option('--methods <names>', 'a list with commas, or all; options follow a name: smooth-cdam:noise=0.1:samples=20')
      .argParser(parseMethods)
      .default(parseMethods('all'), 'all'),
    new Option('--metrics <names>', 'a list of metrics and groups with commas; all; published: the benchmarks of the paper')
      .argParser(parseMetrics)
      .default(parseMetrics('published'), 'published'),
    new Option('--target <target>', 'explain the predicted class, or the label in the table')
      .choices(['predicted', 'label'])
      .default('predicted'),
    ...inputOptions(),
    new Option('-o, --out <folder>', 'where the report is written, and where an interrupted run resumes').default('report'),
    new Option('--backend <backend>', 'where to compute; auto takes a GPU if there is one').choices(backendChoices).default('auto'),
    weightsOption(),
    count('seed', 'seed of all random numbers', 0, 0),
    count('steps', 'in how many steps all patches are removed', 1, 20),
    count('draws', 'how many random boxes or sets of patches', 3, 100),
    count('limit', 'how many pictures to take, evenly from the whole list', 1),
    new Option('--masks <folder>', 'masks that are light where the object is, each with the name of its picture and .png'),
    count('examples', 'how many pictures the report shows with their maps', 0, 4),
    baselineOption(),
    new Option(
      '--shard <i/n>',
      'measure part i of n, for `cdam evaluate merge` (default: from a Slurm array or an indexed Kubernetes job)',
    ).argParser(parseShard),
    new Option('--quiet', 'print nothing but errors'),
  ];
}

/** The options of `cdam evaluate merge`, for commander. */
export function mergeOptions(): Option[] {
  return [
    new Option('-o, --out <folder>', 'where the merged evaluation and its report are written').makeOptionMandatory(),
    new Option('--methods <names>', 'the rows of the report, in this order; a list with commas (default: all)').argParser(namesOf),
    new Option('--metrics <names>', 'the columns of the report; a list of metrics and groups with commas (default: all)').argParser(
      parseMetrics,
    ),
    baselineOption(),
  ];
}

/** The option `--baseline`. */
function baselineOption(): Option {
  return new Option('--baseline <method>', 'compare the other methods with this one, picture by picture');
}

/** The metrics as a list for `cdam evaluate --help`. */
export function metricTable(): string {
  const width = Math.max(...METRICS.map(({ name }) => name.length));
  const groups = [...new Set(METRICS.map(({ group }) => group))];
  const lines = groups.flatMap((group) => [
    `  ${wordOf(group)}`,
    ...METRICS.filter((metric) => metric.group === group).map(({ name, summary }) => `    ${name.padEnd(width)}  ${summary}`),
  ]);
  return ['', 'Metrics, by group:', ...lines].join('\n');
}
