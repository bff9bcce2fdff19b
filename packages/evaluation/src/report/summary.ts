/**
 * Makes the table of methods × metrics from the records of pictures, with intervals and costs.
 */
import { bootstrapMean, findMetric, type Interval, type Metric, meanOf } from 'cdam';
import type { ImageRecord } from '../records.ts';
import type { Settings } from '../settings.ts';

/** The result of one method by one metric. */
export interface Cell extends Omit<Interval, 'mean' | 'low' | 'high'> {
  /** The label of the method. */
  readonly method: string;
  /** The mean over pictures; null when there is no value. */
  readonly mean: number | null;
  /** The lower bound of the 95 % bootstrap interval over pictures. */
  readonly low: number | null;
  /** The upper bound of that interval. */
  readonly high: number | null;
}

/** A metric, and the results of all methods by it. */
export interface MetricSummary extends Pick<Metric, 'name' | 'group' | 'summary' | 'direction'> {
  /** In the order of the methods. */
  readonly cells: readonly Cell[];
}

/** The methods compared with one of them, picture by picture. */
export interface Comparison {
  /** The label of that method. */
  readonly baseline: string;
  /**
   * The difference of each other method to it: the mean over the pictures where both have a number, and how many these are. Its interval is
   * narrower than the intervals of the two means suggest, since pictures that are hard for one method are often hard for the other.
   */
  readonly metrics: readonly MetricSummary[];
}

/** The whole report, as report.json has it. */
export interface EvaluationReport {
  /** The version of this format. */
  readonly version: 1;
  readonly settings: Settings;
  /** The backend and the adapter that computed; a list with commas where there were several. */
  readonly backend: string;
  /** How many pictures were measured. */
  readonly measured: number;
  /** The share of the labelled pictures whose predicted class is the label; null without labels. */
  readonly accuracy: number | null;
  readonly metrics: readonly MetricSummary[];
  /** The differences to one of the methods; null without a baseline. */
  readonly comparison: Comparison | null;
  /** Mean times per picture, in milliseconds. */
  readonly costs: {
    readonly look: number;
    readonly methods: Readonly<Record<string, number>>;
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** The reasons why numbers are missing, and in how many pictures. */
  readonly problems: readonly { readonly problem: string; readonly pictures: number }[];
}

/**
 * The report of all pictures.
 *
 * @param records at least one
 * @param baseline the label of the method that the others are compared with; undefined for no comparison
 * @throws ExplanationError `metric` for settings with the name of a metric that does not exist
 */
export function summarise(settings: Settings, records: readonly ImageRecord[], baseline?: string): EvaluationReport {
  const labelled = records.filter(({ label }) => label !== null);
  const meanTime = (times: readonly (number | undefined)[]): number => {
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? 0 : meanOf(known);
  };
  const costs = (names: readonly string[], of: 'methods' | 'metrics'): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, meanTime(records.map(({ milliseconds }) => milliseconds[of][name]))]));
  const problems = new Map<string, number>();
  for (const problem of records.flatMap((record) => record.problems)) problems.set(problem, (problems.get(problem) ?? 0) + 1);
  return {
    version: 1,
    settings,
    backend: [...new Set(records.map((record) => record.backend))].join(', '),
    measured: records.length,
    accuracy: labelled.length === 0 ? null : labelled.filter(({ label, predicted }) => label === predicted).length / labelled.length,
    metrics: settings.metrics.map((name) => summariseMetric(name, settings, (method) => valuesOf(records, name, method))),
    comparison: baseline === undefined ? null : compare(settings, records, baseline),
    costs: {
      look: meanTime(records.map(({ milliseconds }) => milliseconds.look)),
      methods: costs(settings.methods, 'methods'),
      metrics: costs(settings.metrics, 'metrics'),
    },
    problems: Array.from(problems, ([problem, pictures]) => ({ problem, pictures })),
  };
}

/** The differences of all other methods to the baseline, in the same pictures. */
function compare(settings: Settings, records: readonly ImageRecord[], baseline: string): Comparison {
  const others = { ...settings, methods: settings.methods.filter((method) => method !== baseline) };
  const differences = (name: string, method: string): (number | null)[] => {
    const [own, base] = [valuesOf(records, name, method), valuesOf(records, name, baseline)];
    return own.map((value, i) => difference(value, base[i] ?? null));
  };
  return { baseline, metrics: settings.metrics.map((name) => summariseMetric(name, others, (method) => differences(name, method))) };
}

function difference(value: number | null, base: number | null): number | null {
  return value === null || base === null ? null : value - base;
}

/** One value for each picture, null where there is none. */
function valuesOf(records: readonly ImageRecord[], metric: string, method: string): (number | null)[] {
  return records.map(({ values }) => values[metric]?.[method] ?? null);
}

function summariseMetric(
  name: string,
  { methods, seed }: Pick<Settings, 'methods' | 'seed'>,
  of: (method: string) => readonly (number | null)[],
): MetricSummary {
  const { group, summary, direction } = findMetric(name);
  const cells = methods.map((method): Cell => {
    const values = of(method).filter((value) => value !== null);
    if (values.length === 0) return { method, mean: null, low: null, high: null, count: 0 };
    return { method, ...bootstrapMean(values, { seed }) };
  });
  return { name, group, summary, direction, cells };
}

/** Intervals of fewer pictures than these mean little: the bootstrap draws from too few numbers to know how far others would be. */
export const FEW = 5;

/**
 * The label of the method with the best mean; undefined when no mean is of FEW pictures or more. Labels of the method `random` are left out, since noise is
 * the baseline.
 */
export function bestMethod({ cells, direction }: MetricSummary): string | undefined {
  const sign = direction === 'higher' ? 1 : -1;
  const known = cells.filter(
    (cell): cell is Cell & { mean: number } => cell.mean !== null && cell.count >= FEW && !/^random(:|$)/.test(cell.method),
  );
  return known.toSorted((a, b) => sign * (b.mean - a.mean))[0]?.method;
}
