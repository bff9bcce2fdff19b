/**
 * From the records of pictures to the table: methods × metrics, with intervals, and what each cost.
 */
import { bootstrapMean, findMetric, type Interval, type Metric, meanOf } from 'cdam';
import type { ImageRecord, Settings } from './records.ts';

export interface Cell extends Omit<Interval, 'mean' | 'low' | 'high'> {
  readonly method: string;
  /** null without a single value. */
  readonly mean: number | null;
  /** The bounds of the 95 % bootstrap interval over pictures. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface MetricSummary extends Pick<Metric, 'name' | 'group' | 'summary' | 'direction'> {
  /** In the order of the methods. */
  readonly cells: readonly Cell[];
}

/** The JSON of `cdam bench`. */
export interface BenchReport {
  readonly version: 1;
  readonly settings: Settings;
  readonly backend: string;
  /** Pictures that were measured. */
  readonly measured: number;
  /** Share of them whose best class is the label; null without labels. */
  readonly accuracy: number | null;
  readonly metrics: readonly MetricSummary[];
  /** Mean milliseconds per picture. */
  readonly costs: {
    readonly look: number;
    readonly methods: Readonly<Record<string, number>>;
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Why numbers are missing, and in how many pictures. */
  readonly problems: readonly { readonly problem: string; readonly pictures: number }[];
}

/** @param records at least one */
export function summarise(settings: Settings, backend: string, records: readonly ImageRecord[]): BenchReport {
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
    backend,
    measured: records.length,
    accuracy: labelled.length === 0 ? null : labelled.filter(({ label, predicted }) => label === predicted).length / labelled.length,
    metrics: settings.metrics.map((name) => summariseMetric(name, settings, records)),
    costs: {
      look: meanTime(records.map(({ milliseconds }) => milliseconds.look)),
      methods: costs(settings.methods, 'methods'),
      metrics: costs(settings.metrics, 'metrics'),
    },
    problems: Array.from(problems, ([problem, pictures]) => ({ problem, pictures })),
  };
}

function summariseMetric(name: string, { methods, seed }: Settings, records: readonly ImageRecord[]): MetricSummary {
  const { group, summary, direction } = findMetric(name);
  const cells = methods.map((method): Cell => {
    const values = records.map(({ values }) => values[name]?.[method] ?? null).filter((value) => value !== null);
    if (values.length === 0) return { method, mean: null, low: null, high: null, count: 0 };
    return { method, ...bootstrapMean(values, { seed }) };
  });
  return { name, group, summary, direction, cells };
}

/** The method with the best mean; undefined where none has one. Noise is what methods are measured against, so it never wins. */
export function bestMethod({ cells, direction }: MetricSummary): string | undefined {
  const sign = direction === 'higher' ? 1 : -1;
  const known = cells.filter((cell): cell is Cell & { mean: number } => cell.mean !== null && !/^random(:|$)/.test(cell.method));
  return known.toSorted((a, b) => sign * (b.mean - a.mean))[0]?.method;
}

/** `0.421`, `12.3`: three digits that matter. */
export function shortNumber(value: number): string {
  const rounded = Number(value.toPrecision(3));
  if (rounded === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))));
  const text = rounded.toFixed(Math.min(3, digits));
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** `840 ms`, `12.5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
