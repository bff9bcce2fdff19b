/**
 * The files of a report: JSON, Markdown, a page, and the example maps that the page shows.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { overlay } from 'cdam';
import { writeOutput, writePng } from '../image-files.ts';
import { type Example, htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import type { Measurement } from './measure.ts';
import type { ImageRecord, Settings } from './records.ts';
import { summarise } from './summary.ts';

/** The folder of the example maps, in that of the report. */
export const EXAMPLES = 'examples';

/** The path of an example from the page; it has forward slashes on every system. */
function examplePath({ index }: Pick<ImageRecord, 'index'>, what: string): string {
  return `${EXAMPLES}/${index}-${what.replaceAll(/[^\w.]+/g, '-')}.png`;
}

/** Writes the picture as the model saw it, and each method's map over it. */
export async function writeExample(folder: string, { record, maps, view }: Measurement): Promise<void> {
  const { picture, grid } = view;
  if (picture === undefined) return;
  await writePng(join(folder, examplePath(record, 'picture')), picture);
  for (const [method, scores] of maps) await writePng(join(folder, examplePath(record, method)), overlay(picture, { grid, scores }));
}

/** The examples that lie in the folder of a report. */
async function examplesIn(folder: string, { methods }: Settings, records: readonly ImageRecord[]): Promise<Example[]> {
  const exists = async (path: string): Promise<boolean> =>
    await access(join(folder, path)).then(
      () => true,
      () => false,
    );
  const examples: Example[] = [];
  for (const record of records) {
    const picture = examplePath(record, 'picture');
    if (!(await exists(picture))) continue;
    const maps: { method: string; path: string }[] = [];
    for (const method of methods) {
      const path = examplePath(record, method);
      if (await exists(path)) maps.push({ method, path });
    }
    examples.push({ title: `${record.file}: ${record.targetLabel}`, picture, maps });
  }
  return examples;
}

/**
 * Writes report.json, report.md and report.html.
 *
 * @param records at least one
 * @returns the files
 * @throws CliError `output` when one cannot be written
 */
export async function writeReports(
  folder: string,
  settings: Settings,
  backend: string,
  records: readonly ImageRecord[],
): Promise<string[]> {
  const report = summarise(settings, backend, records);
  const files = {
    'report.json': `${JSON.stringify(report, null, 2)}\n`,
    'report.md': markdownOf(report),
    'report.html': htmlOf(report, await examplesIn(folder, settings, records)),
  };
  for (const [name, content] of Object.entries(files)) await writeOutput(join(folder, name), content);
  return Object.keys(files).map((name) => join(folder, name));
}
