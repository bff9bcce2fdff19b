/**
 * Merges the parts of an evaluation, with the same result as if one process had measured all of them.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { EvaluationError } from '../errors.ts';
import type { ImageRecord } from '../records.ts';
import { EXAMPLES } from '../report/examples.ts';
import { checkSameSettings, type Settings } from '../settings.ts';
import type { Outcome } from './evaluate.ts';
import { reasonOf } from './files.ts';
import { readRecords, readSettings, writeRecords, writeSettings } from './folder.ts';
import { writeReports } from './reports.ts';

/**
 * Merges the folders of parts into one folder, and writes the report of all pictures.
 *
 * @throws EvaluationError `folder` when a folder holds no evaluation, or when no picture is measured in any of them; `settings` when a
 *   folder holds an evaluation with other settings; `output` when a file cannot be written
 */
export async function mergeParts(folders: readonly string[], out: string): Promise<Outcome> {
  let settings: Settings | undefined;
  const records = new Map<number, ImageRecord>();
  for (const folder of folders) {
    const own = await readSettings(folder);
    if (own === undefined)
      throw new EvaluationError('folder', `${folder} holds no evaluation; give the folders that parts were written to`);
    settings ??= own;
    checkSameSettings(settings, own, folder);
    for (const record of await readRecords(folder)) if (!records.has(record.index)) records.set(record.index, record);
  }
  if (settings === undefined || records.size === 0)
    throw new EvaluationError('folder', `${folders.join(', ')}: no picture was measured there`);
  const known = await readSettings(out);
  if (known !== undefined) checkSameSettings(known, settings, out);
  const all = Array.from(records.values()).sort((a, b) => a.index - b.index);
  await writeSettings(out, settings);
  await writeRecords(out, all);
  for (const folder of folders) await copyExamples(folder, out);
  return { measured: all.length, wanted: settings.images, files: await writeReports(out, settings, all) };
}

async function copyExamples(from: string, to: string): Promise<void> {
  await cp(join(from, EXAMPLES), join(to, EXAMPLES), { recursive: true }).catch((cause: unknown) => {
    if (reasonOf(cause) === 'ENOENT') return;
    throw new EvaluationError('output', `cannot copy the examples of ${from} to ${to} (${reasonOf(cause)})`, { cause });
  });
}
