/**
 * The folder of an evaluation, with its settings and the records of the pictures that are measured.
 */
import { join } from 'node:path';
import { type ImageRecord, parseRecords, recordLine } from '../records.ts';
import { parseSettings, type Settings, serialiseSettings } from '../settings.ts';
import type { Shard } from '../shard.ts';
import { appendText, readOptional, writeText } from './files.ts';

const SETTINGS = 'evaluation.json';
/** The name of the settings in folders of the first version of this program. It is read and never written. */
const FORMER_SETTINGS = 'bench.json';
const RECORDS = 'images.jsonl';

/** The folder of a part, inside the folder of the whole. When there is only one part, it is the folder of the whole. */
export function shardFolder(folder: string, { number, count }: Shard): string {
  return count === 1 ? folder : join(folder, `shard-${number}-of-${count}`);
}

/**
 * The settings of the evaluation in a folder; undefined when there is none.
 * @throws EvaluationError `settings` for a file with something else, `folder` for a file that cannot be read
 */
export async function readSettings(folder: string): Promise<Settings | undefined> {
  for (const path of [join(folder, SETTINGS), join(folder, FORMER_SETTINGS)]) {
    const text = await readOptional(path);
    if (text !== undefined) return parseSettings(text, path);
  }
  return undefined;
}

/** Writes the settings into a folder. @throws EvaluationError `output` when that is not possible */
export async function writeSettings(folder: string, settings: Settings): Promise<void> {
  await writeText(join(folder, SETTINGS), serialiseSettings(settings));
}

/**
 * The records in a folder, in the order of the pictures. A last line that was cut short is removed from the file.
 * @throws EvaluationError `record` when another line is damaged, `folder` when the file cannot be read
 */
export async function readRecords(folder: string): Promise<readonly ImageRecord[]> {
  const path = join(folder, RECORDS);
  const { records, whole } = parseRecords((await readOptional(path)) ?? '', path);
  if (!whole) await writeRecords(folder, records);
  return records;
}

/** Writes records, and replaces those in the folder. @throws EvaluationError `output` when that is not possible */
export async function writeRecords(folder: string, records: readonly ImageRecord[]): Promise<void> {
  await writeText(join(folder, RECORDS), records.map(recordLine).join(''));
}

/** Adds a record to those in the folder. @throws EvaluationError `output` when that is not possible */
export async function appendRecord(folder: string, record: ImageRecord): Promise<void> {
  await appendText(join(folder, RECORDS), recordLine(record));
}
