/**
 * Parts of a benchmark, measured apart, put together as if one process had measured them all.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Console } from '../console.ts';
import { CliError, systemCode } from '../errors.ts';
import { makeFolder } from '../image-files.ts';
import { checkSameSettings, type ImageRecord, readRecords, readSettings, type Settings, writeRecords, writeSettings } from './records.ts';
import { EXAMPLES, writeReports } from './report-files.ts';

/**
 * Merges the folders of parts into one, and writes the report of all.
 *
 * @throws CliError `usage` when a folder holds no benchmark, or one of other settings
 */
export async function mergeBench(folders: readonly string[], out: string, console: Console): Promise<void> {
  let settings: Settings | undefined;
  const records = new Map<number, ImageRecord>();
  for (const folder of folders) {
    const own = await readSettings(folder);
    if (own === undefined) throw new CliError('usage', `${folder} holds no benchmark; give the folders that cdam bench has written to`);
    settings ??= own;
    checkSameSettings(settings, own, folder);
    for (const record of await readRecords(folder)) if (!records.has(record.index)) records.set(record.index, record);
  }
  if (settings === undefined || records.size === 0) throw new CliError('usage', `${folders.join(', ')}: no picture was measured there`);
  const known = await readSettings(out);
  if (known !== undefined) checkSameSettings(known, settings, out);
  const all = Array.from(records.values()).sort((a, b) => a.index - b.index);
  await makeFolder(out);
  await writeSettings(out, settings);
  await writeRecords(out, all);
  for (const folder of folders) await copyExamples(folder, out);
  const files = await writeReports(out, settings, [...new Set(all.map(({ backend }) => backend))].join(', '), all);
  console.line(`${all.length} of ${settings.images} pictures from ${folders.length} folders`);
  for (const file of files) console.line(`wrote ${file}`);
}

async function copyExamples(from: string, to: string): Promise<void> {
  await cp(join(from, EXAMPLES), join(to, EXAMPLES), { recursive: true }).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return;
    throw new CliError('output', `cannot copy the examples of ${from} to ${to} (${systemCode(cause) ?? String(cause)})`, { cause });
  });
}
