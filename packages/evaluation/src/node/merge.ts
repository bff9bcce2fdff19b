/**
 * Merges folders of evaluations, with the same result as if one process had measured all of them: parts of the pictures, other methods or
 * metrics of the same pictures, or both.
 */
import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EvaluationError } from '../errors.ts';
import { completed, joinRecords, joinSettings } from '../join.ts';
import type { ImageRecord } from '../records.ts';
import { EXAMPLES } from '../report/examples.ts';
import { checkBaseline, checkSameSettings, type Settings } from '../settings.ts';
import type { Outcome } from './evaluate.ts';
import { reasonOf } from './files.ts';
import { readRecords, readSettings, writeRecords, writeSettings } from './folder.ts';
import { writeReports } from './reports.ts';

/** What the report of a merge shows. The merged records have everything. */
export interface MergeOptions {
  /** The labels of the methods to show, in this order; by default all. */
  readonly methods?: readonly string[] | undefined;
  /** The names of the metrics to show, in this order; by default all. */
  readonly metrics?: readonly string[] | undefined;
  /** The label of the method that the others are compared with, picture by picture. */
  readonly baseline?: string | undefined;
}

/**
 * Merges folders into one, and writes the report of all pictures. What no folder has measured is null.
 *
 * @throws EvaluationError `folder` when a folder holds no evaluation, or when no picture is measured in any of them; `settings` when a
 *   folder holds an evaluation with other settings, when `out` holds methods or metrics that no folder has, or when the report should show
 *   some that no folder has; `record` when two folders have different numbers of a picture; `output` when a file cannot be written
 */
export async function mergeParts(folders: readonly string[], out: string, options: MergeOptions = {}): Promise<Outcome> {
  const parts: Settings[] = [];
  const records = new Map<number, ImageRecord>();
  for (const folder of folders) {
    const own = await readSettings(folder);
    if (own === undefined)
      throw new EvaluationError('folder', `${folder} holds no evaluation; give the folders that parts were written to`);
    checkSameSettings(parts[0] ?? own, own, folder, 'number');
    parts.push(own);
    for (const record of await readRecords(folder)) {
      const known = records.get(record.index);
      records.set(record.index, known === undefined ? record : joinRecords(known, record, folder));
    }
  }
  const [first, ...others] = parts;
  if (first === undefined || records.size === 0)
    throw new EvaluationError('folder', `${folders.join(', ')}: no picture was measured there`);
  const settings = joinSettings(first, others);
  const shown = selection(settings, options);
  await checkPlace(out, settings);
  const all = Array.from(records.values(), (record) => completed(record, settings)).sort((a, b) => a.index - b.index);
  await writeSettings(out, settings);
  await writeRecords(out, all);
  for (const folder of folders) await copyExamples(folder, out);
  return { measured: all.length, wanted: settings.images, files: await writeReports(out, shown, all, options.baseline) };
}

/** The settings with the methods and metrics that the report shows. */
function selection(settings: Settings, { methods, metrics, baseline }: MergeOptions): Settings {
  const chosen = (what: 'methods' | 'metrics', wanted: readonly string[] = settings[what]): readonly string[] => {
    const unknown = wanted.find((name) => !settings[what].includes(name));
    if (unknown === undefined) return wanted;
    throw new EvaluationError('settings', `${unknown} is not among the ${what} of the folders: ${settings[what].join(', ')}`);
  };
  const shown = { ...settings, methods: chosen('methods', methods), metrics: chosen('metrics', metrics) };
  if (baseline !== undefined) checkBaseline(baseline, shown);
  return shown;
}

/** Checks that nothing else is lost where the merged evaluation is written. An earlier merge of fewer folders may be replaced. */
async function checkPlace(out: string, settings: Settings): Promise<void> {
  const known = await readSettings(out);
  if (known === undefined) return;
  checkSameSettings(known, settings, out, 'number');
  for (const what of ['methods', 'metrics'] as const) {
    const lost = known[what].find((name) => !settings[what].includes(name));
    if (lost !== undefined)
      throw new EvaluationError(
        'settings',
        `${out} holds an evaluation of ${lost} too; merge it with the others, or choose another folder`,
      );
  }
}

async function copyExamples(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) return;
  await cp(join(from, EXAMPLES), join(to, EXAMPLES), { recursive: true }).catch((cause: unknown) => {
    if (reasonOf(cause) === 'ENOENT') return;
    throw new EvaluationError('output', `cannot copy the examples of ${from} to ${to} (${reasonOf(cause)})`, { cause });
  });
}
