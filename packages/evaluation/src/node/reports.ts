/**
 * Writes the files of a report.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EvaluationError } from '../errors.ts';
import type { ImageRecord } from '../records.ts';
import { EXAMPLES, examplesOf } from '../report/examples.ts';
import { htmlReport } from '../report/html.ts';
import { markdownReport } from '../report/markdown.ts';
import { summarise } from '../report/summary.ts';
import type { Settings } from '../settings.ts';
import { reasonOf, writeText } from './files.ts';

/**
 * Writes report.json, report.md and report.html, which shows the example maps that are in the folder.
 *
 * @param records at least one
 * @param baseline the label of the method that the others are compared with; undefined for no comparison
 * @returns the paths of the files
 * @throws EvaluationError `output` when a file cannot be written
 */
export async function writeReports(
  folder: string,
  settings: Settings,
  records: readonly ImageRecord[],
  baseline?: string,
): Promise<string[]> {
  const report = summarise(settings, records, baseline);
  const files = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.md': markdownReport(report),
    'report.html': htmlReport(report, examplesOf(settings, records, await drawnIn(folder))),
  };
  for (const [name, content] of Object.entries(files)) await writeText(join(folder, name), content);
  return Object.keys(files).map((name) => join(folder, name));
}

/** The paths of the example maps in a folder, relative to it. */
async function drawnIn(folder: string): Promise<Set<string>> {
  const names = await readdir(join(folder, EXAMPLES)).catch((cause: unknown) => {
    if (reasonOf(cause) === 'ENOENT') return [];
    throw new EvaluationError('folder', `${join(folder, EXAMPLES)} cannot be read (${reasonOf(cause)}); choose another folder`, { cause });
  });
  return new Set(names.map((name) => `${EXAMPLES}/${name}`));
}
