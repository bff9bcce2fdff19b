/**
 * Records of pictures. Each is one line of JSON, which is written as soon as the picture is measured, so that an interrupted run can
 * continue after the last whole line.
 */
import type { Measurement } from 'cdam';
import { EvaluationError } from './errors.ts';
import { areStrings, isObject, tryParseJson } from './json.ts';

/** The results of one picture. */
export interface ImageRecord extends Pick<Measurement, 'values' | 'problems'> {
  /** The index of the picture in the list of all pictures. */
  readonly index: number;
  /** The name of the picture. */
  readonly file: string;
  /** The backend and the adapter that computed. */
  readonly backend: string;
  /** The index of the class that was explained. */
  readonly target: number;
  /** The name of that class. */
  readonly targetLabel: string;
  /** The index of the class that the model predicts. */
  readonly predicted: number;
  /** The index of the labelled class; null without a label. */
  readonly label: number | null;
  /** `look` is the time for the backbone and the predictions. */
  readonly milliseconds: Measurement['milliseconds'] & { readonly look: number };
}

/** Records that were read from lines. */
export interface ParsedRecords {
  /** In the order of the pictures. */
  readonly records: readonly ImageRecord[];
  /** False when the last line was cut short. It is then left out, and has to be removed before another line is appended. */
  readonly whole: boolean;
}

/** A record as a line, with its line break. */
export function recordLine(record: ImageRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Reads records from lines.
 *
 * @param file the name of the text in messages
 * @throws EvaluationError `record` for a line, other than the last, that is not a record
 */
export function parseRecords(text: string, file: string): ParsedRecords {
  const lines = text.split('\n').filter((line) => line !== '');
  const records = lines.flatMap((line, i) => {
    const record = tryParseJson(line);
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
