/**
 * What an evaluation keeps in its folder: its settings, and the records of the pictures that were measured.
 */
import { join } from 'node:path';
import { type ImageRecord, parseRecords, recordLine } from '../records.ts';
import { parseSettings, type Settings, serialiseSettings } from '../settings.ts';
import type { Shard } from '../shard.ts';
import { appendText, readOptional, writeText } from './files.ts';

const SETTINGS = 'evaluation.json';
/** The same settings, in folders that were written by `cdam bench`, as the command was called once. They are read, never written. */
const FORMER_SETTINGS = 'bench.json';
const RECORDS = 'images.jsonl';

/** Each part has a folder of its own in that of the whole; a whole that is not divided has none. */
export function shardFolder(folder: string, { number, count }: Shard): string {
  return count === 1 ? folder : join(folder, `shard-${number}-of-${count}`);
}

/**
 * Settings of the evaluation in a folder; undefined where there is none.
 * @throws EvaluationError `settings` for a file that is no such thing; `folder` for one that cannot be read
 */
export async function readSettings(folder: string): Promise<Settings | undefined> {
  for (const path of [join(folder, SETTINGS), join(folder, FORMER_SETTINGS)]) {
    const text = await readOptional(path);
    if (text !== undefined) return parseSettings(text, path);
  }
  return undefined;
}

/** @throws EvaluationError `output` */
export async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await writeText(join(folder, SETTINGS), serialiseSettings(settings));
}

/**
 * The records in a folder, in the order of the pictures. A last line that was cut short is taken off the file.
 * @throws EvaluationError `record` for another damaged line; `folder` for a file that cannot be read
 */
export async function readRecords(folder: string): Promise<readonly ImageRecord[]> {
  const path = join(folder, RECORDS);
  const { records, whole } = parseRecords((await readOptional(path)) ?? '', path);
  if (!whole) await writeRecords(folder, records);
  return records;
}

/** Writes the records in place of those that there are. @throws EvaluationError `output` */
export async function writeRecords(folder: string, records: readonly ImageRecord[]): Promise<void> {
  await writeText(join(folder, RECORDS), records.map(recordLine).join(''));
}

/** @throws EvaluationError `output` */
export async function appendRecord(folder: string, record: ImageRecord): Promise<void> {
  await appendText(join(folder, RECORDS), recordLine(record));
}
