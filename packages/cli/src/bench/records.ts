/**
 * What a benchmark keeps on disk: its settings, and one line for each picture that was measured, written as soon as it is. A run that
 * was interrupted goes on after the last whole line.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WeightPrecision } from '@cdam/vit';
import { CliError, systemCode } from '../errors.ts';
import { writeOutput } from '../image-files.ts';

/** All that the numbers depend on: what was measured with other settings is not mixed in. */
export interface Settings {
  readonly version: 2;
  readonly model: string;
  /** Of the weights. */
  readonly fingerprint: string;
  /** How weights are kept. */
  readonly weights: WeightPrecision;
  /** Pixels that the model sees, and how pictures are brought to them. */
  readonly input: string;
  /** The class that is explained: the predicted one, or the label. */
  readonly target: 'predicted' | 'label';
  readonly methods: readonly string[];
  readonly metrics: readonly string[];
  /** Masks were given. */
  readonly masks: boolean;
  /** Parts that patches are removed in. */
  readonly steps: number;
  /** Random boxes or sets. */
  readonly draws: number;
  readonly seed: number;
  /** Pictures in the whole list, and a digest of their names and labels. */
  readonly images: number;
  readonly digest: string;
}

/** What one picture gave. */
export interface ImageRecord {
  readonly index: number;
  readonly file: string;
  /** Where it was computed. */
  readonly backend: string;
  /** Class that was explained, and what it is called. */
  readonly target: number;
  readonly targetLabel: string;
  readonly predicted: number;
  readonly label: number | null;
  /** By metric, then method; null where the number is not defined. */
  readonly values: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  readonly milliseconds: {
    readonly look: number;
    /** For the map of the target, and those of the classes that it is compared with. */
    readonly methods: Readonly<Record<string, number>>;
    /** For all methods together. */
    readonly metrics: Readonly<Record<string, number>>;
  };
  /** Why numbers are missing. */
  readonly problems: readonly string[];
}

const SETTINGS = 'bench.json';
const RECORDS = 'images.jsonl';

/** Settings of the benchmark in a folder; undefined where there is none. @throws CliError `usage` for a file that is no such thing */
export async function readSettings(folder: string): Promise<Settings | undefined> {
  const text = await readOptional(join(folder, SETTINGS));
  if (text === undefined) return undefined;
  const settings = parseJson(text);
  if (isObject(settings) && settings.version === 1)
    throw new CliError('usage', `${join(folder, SETTINGS)} is of another version of cdam bench; choose another folder`);
  if (!isSettings(settings)) throw new CliError('usage', `${join(folder, SETTINGS)} is not of a benchmark; choose another folder`);
  return settings;
}

export async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await writeOutput(join(folder, SETTINGS), `${JSON.stringify(settings, null, 2)}\n`);
}

/** @throws CliError `usage`, with what differs, where numbers of one benchmark would be mixed with those of another */
export function checkSameSettings(known: Settings, wanted: Settings, folder: string): void {
  const valuesOfKnown = new Map<string, unknown>(Object.entries(known));
  const different = Object.entries(wanted).filter(([key, value]) => JSON.stringify(valuesOfKnown.get(key)) !== JSON.stringify(value));
  if (different.length === 0) return;
  const what = new Set(different.map(([key]) => (key === 'digest' || key === 'images' ? 'pictures' : key)));
  throw new CliError(
    'usage',
    `${folder} holds a benchmark of other ${[...what].join(' and ')}; choose another --out, or remove the folder to begin anew`,
  );
}

/** The records in a folder, in order of pictures. A last line that was cut short is taken off the file. */
export async function readRecords(folder: string): Promise<ImageRecord[]> {
  const path = join(folder, RECORDS);
  const text = (await readOptional(path)) ?? '';
  const lines = text.split('\n').filter((line) => line !== '');
  const records = lines.flatMap((line, i) => {
    const record = parseJson(line);
    if (isImageRecord(record)) return [record];
    if (i < lines.length - 1) throw new CliError('usage', `${path}: line ${i + 1} is damaged; remove it`);
    return [];
  });
  if (text !== '' && (records.length < lines.length || !text.endsWith('\n'))) await writeRecords(folder, records);
  return records.toSorted((a, b) => a.index - b.index);
}

export async function writeRecords(folder: string, records: readonly ImageRecord[]): Promise<void> {
  await writeOutput(join(folder, RECORDS), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

export async function appendRecord(folder: string, record: ImageRecord): Promise<void> {
  const path = join(folder, RECORDS);
  await appendFile(path, `${JSON.stringify(record)}\n`).catch((cause: unknown) => {
    throw new CliError('output', `cannot write ${path} (${systemCode(cause) ?? String(cause)}); choose another place`, { cause });
  });
}

async function readOptional(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new CliError('usage', `${path} cannot be read (${systemCode(cause) ?? String(cause)})`, { cause });
  });
}

/** undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSettings(value: unknown): value is Settings {
  if (!isObject(value)) return false;
  const { version, methods, metrics, model, fingerprint, weights, input, digest } = value;
  const { steps, draws, seed, images, target, masks } = value;
  return (
    version === 2 &&
    (weights === 'f32' || weights === 'f16') &&
    [methods, metrics].every((names) => Array.isArray(names) && names.every((name) => typeof name === 'string')) &&
    [model, fingerprint, input, digest].every((text) => typeof text === 'string') &&
    [steps, draws, seed, images].every((count) => Number.isSafeInteger(count)) &&
    (target === 'predicted' || target === 'label') &&
    typeof masks === 'boolean'
  );
}

function isImageRecord(value: unknown): value is ImageRecord {
  if (!isObject(value) || !isObject(value.values) || !isObject(value.milliseconds)) return false;
  const { index, target, predicted, label, file, backend, targetLabel, values, milliseconds, problems } = value;
  const isTimes = (times: unknown): boolean => isObject(times) && Object.values(times).every((time) => typeof time === 'number');
  return (
    [index, target, predicted].every((number) => Number.isSafeInteger(number)) &&
    (label === null || Number.isSafeInteger(label)) &&
    [file, backend, targetLabel].every((text) => typeof text === 'string') &&
    Object.values(values).every((row) => isObject(row) && Object.values(row).every((cell) => cell === null || typeof cell === 'number')) &&
    typeof milliseconds.look === 'number' &&
    [milliseconds.methods, milliseconds.metrics].every(isTimes) &&
    Array.isArray(problems) &&
    problems.every((problem) => typeof problem === 'string')
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
