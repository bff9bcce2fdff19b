/**
 * What is kept of each picture: one line of JSON, written as soon as the picture is measured, so that a run which was interrupted goes
 * on after the last whole line.
 */
import type { Measurement } from 'cdam';
import { EvaluationError } from './errors.ts';
import { areStrings, isObject, parseJson } from './json.ts';

/** What one picture gave. */
export interface ImageRecord extends Pick<Measurement, 'values' | 'problems'> {
  readonly index: number;
  readonly file: string;
  /** Where it was computed. */
  readonly backend: string;
  /** Class that was explained, and what it is called. */
  readonly target: number;
  readonly targetLabel: string;
  readonly predicted: number;
  readonly label: number | null;
  /** `look`: for the backbone and the predictions. */
  readonly milliseconds: Measurement['milliseconds'] & { readonly look: number };
}

/** Records from the lines that they were kept as. */
export interface ParsedRecords {
  /** In the order of the pictures. */
  readonly records: readonly ImageRecord[];
  /** False when the last line was cut short: it is left out, and the next record cannot be written behind it. */
  readonly whole: boolean;
}

/** The line to keep a record as, with its line break. */
export function recordLine(record: ImageRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Records from lines.
 *
 * @param file what a message calls the text
 * @throws EvaluationError `record` for a line that is no record, the last one aside
 */
export function parseRecords(text: string, file: string): ParsedRecords {
  const lines = text.split('\n').filter((line) => line !== '');
  const records = lines.flatMap((line, i) => {
    const record = parseJson(line);
    if (isImageRecord(record)) return [record];
    if (i < lines.length - 1) throw new EvaluationError('record', `${file}: line ${i + 1} is damaged; remove it`);
    return [];
  });
  const whole = text === '' || (records.length === lines.length && text.endsWith('\n'));
  return { records: records.toSorted((a, b) => a.index - b.index), whole };
}

function isImageRecord(value: unknown): value is ImageRecord {
  if (!isObject(value) || !isObject(value.values) || !isObject(value.milliseconds)) return false;
  const { index, target, predicted, label, file, backend, targetLabel, values, milliseconds, problems } = value;
  const isTimes = (times: unknown): boolean => isObject(times) && Object.values(times).every((time) => typeof time === 'number');
  return (
    [index, target, predicted].every((number) => Number.isSafeInteger(number)) &&
    (label === null || Number.isSafeInteger(label)) &&
    [[file, backend, targetLabel], problems].every(areStrings) &&
    Object.values(values).every((row) => isObject(row) && Object.values(row).every((cell) => cell === null || typeof cell === 'number')) &&
    typeof milliseconds.look === 'number' &&
    [milliseconds.methods, milliseconds.metrics].every(isTimes)
  );
}
