/**
 * Joins evaluations of the same pictures with the same settings that measured other methods or metrics: the record of a picture then has
 * the numbers of all of them. No number of a method depends on which others are measured beside it, so it is the same table as if one
 * evaluation had measured everything.
 */
import { METRICS } from 'cdam';
import { EvaluationError } from './errors.ts';
import type { ImageRecord } from './records.ts';
import type { Settings } from './settings.ts';

type Values = ImageRecord['values'];

/** The settings of several evaluations together: all their methods in the order in which they come, all their metrics. */
export function joinSettings(first: Settings, others: readonly Settings[]): Settings {
  const all = [first, ...others];
  const measured = new Set(all.flatMap(({ metrics }) => metrics));
  const known = METRICS.map(({ name }) => name).filter((name) => measured.has(name));
  return {
    ...first,
    methods: [...new Set(all.flatMap(({ methods }) => methods))],
    metrics: [...new Set([...known, ...measured])],
    masks: all.some(({ masks }) => masks),
  };
}

/**
 * One record with the numbers of two records of a picture. A number that only one of them has is taken from it, also where the other has
 * null; of two equal ones, the first is kept.
 *
 * @param folder where the second record is, for messages
 * @throws EvaluationError `record` when the two explain different classes, or when they have different numbers of one method and metric
 */
export function joinRecords(a: ImageRecord, b: ImageRecord, folder: string): ImageRecord {
  if (a.target !== b.target || a.label !== b.label)
    throw new EvaluationError(
      'record',
      `${folder}: ${b.file} explains the class ${b.targetLabel}, and a folder before it ${a.targetLabel}; merge one of them`,
    );
  const backends = a.backend.split(' and ');
  return {
    ...a,
    backend: backends.includes(b.backend) ? a.backend : `${a.backend} and ${b.backend}`,
    values: joinValues(a, b, folder),
    milliseconds: {
      look: a.milliseconds.look,
      methods: { ...b.milliseconds.methods, ...a.milliseconds.methods },
      metrics: joinMetricTimes(a, b),
    },
    problems: [...new Set([...a.problems, ...b.problems])],
  };
}

/** The same record with a value for each metric and method, null where it was not measured. */
export function completed(record: ImageRecord, { metrics, methods }: Settings): ImageRecord {
  const rows = metrics.map((metric): [string, Record<string, number | null>] => {
    const known = record.values[metric] ?? {};
    return [metric, { ...known, ...Object.fromEntries(methods.map((method) => [method, known[method] ?? null])) }];
  });
  return { ...record, values: { ...record.values, ...Object.fromEntries(rows) } };
}

function joinValues(a: ImageRecord, b: ImageRecord, folder: string): Values {
  const joined: Record<string, Record<string, number | null>> = {};
  for (const [metric, row] of [...Object.entries(a.values), ...Object.entries(b.values)]) {
    joined[metric] ??= {};
    const known = joined[metric];
    for (const [method, value] of Object.entries(row)) {
      const before = known[method] ?? null;
      if (before !== null && value !== null && !isSame(before, value))
        throw new EvaluationError(
          'record',
          `${folder}: ${b.file} has ${value} for ${method} by ${metric}, and a folder before it ${before}; they are not from the same ` +
            'program or picture, so merge one of them',
        );
      known[method] = before ?? value;
    }
  }
  return joined;
}

/** True for numbers that differ by rounding alone. The same sequence gives other last digits in a batch of another size. */
function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-5 + 1e-4 * Math.max(Math.abs(a), Math.abs(b));
}

/** The time of a metric is for the maps of all methods, so the times of records that have other methods by it are added. */
function joinMetricTimes(a: ImageRecord, b: ImageRecord): Record<string, number> {
  const times = { ...a.milliseconds.metrics };
  for (const [metric, time] of Object.entries(b.milliseconds.metrics)) {
    const known = Object.keys(a.values[metric] ?? {});
    const more = Object.keys(b.values[metric] ?? {}).some((method) => !known.includes(method));
    if (more || times[metric] === undefined) times[metric] = (times[metric] ?? 0) + time;
  }
  return times;
}
