/** `cdam evaluate merge` joins evaluations of other methods, and its report has the rows, the columns and the comparison that are asked for. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationReport } from '@cdam/evaluation';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenPath } from '../support/golden.ts';
import { cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();
const pictures = ['astronaut', 'chelsea', 'coffee'].map((name) => goldenPath(`images/${name}.png`));
const shared = ['--model', smallModel, '--backend', 'wasm', '--steps', '4', '--examples', '0', '--quiet'];

async function evaluated(out: string, methods: string, metrics: string, ...more: string[]): Promise<void> {
  const args = ['evaluate', ...pictures, '--out', out, '--methods', methods, '--metrics', metrics, ...shared, ...more];
  expect(await cdam(folder.path, args)).toEqual({ code: 0, stdout: '', stderr: '' });
}

async function reportIn(name: string): Promise<EvaluationReport> {
  return JSON.parse(await readFile(join(folder.path, name, 'report.json'), 'utf8')) as EvaluationReport;
}

beforeAll(async () => {
  await evaluated('halves', 'cdam,cdam:sharpen=2', 'area-drop,gini', '--shard', '1/2', '--baseline', 'cdam');
  await evaluated('halves', 'cdam,cdam:sharpen=2', 'area-drop,gini', '--shard', '2/2');
  await evaluated('others', 'attention', 'gini,area-drop', '--baseline', 'attention');
});

describe('halves of one evaluation, and another one of another method,', () => {
  test('each have a report of their own part', async () => {
    const reports = await Promise.all([1, 2].map((number) => reportIn(`halves/shard-${number}-of-2`)));
    expect(reports.map(({ measured, settings }) => [measured, settings.images])).toEqual([
      [2, 3],
      [1, 3],
    ]);
    const { comparison } = reports[0] ?? {};
    expect(comparison?.metrics.map(({ name, cells }) => [name, cells[0]?.method, cells[0]?.count])).toEqual([
      ['area-drop', 'cdam:sharpen=2', 2],
      ['gini', 'cdam:sharpen=2', 2],
    ]);
    // Sharpening keeps the order of the patches, so it moves no area.
    expect(comparison?.metrics[0]?.cells[0]).toMatchObject({ mean: 0, low: 0, high: 0 });
    expect(comparison?.metrics[1]?.cells[0]?.low).toBeGreaterThan(0);
    expect(reports[1]?.comparison).toBeNull();
    expect(await readFile(join(folder.path, 'halves/shard-2-of-2/report.md'), 'utf8')).toContain('1 of 3 pictures');
  });

  test('merge into one table, with the rows, the columns and the comparison that are asked for', async () => {
    const folders = ['halves/shard-1-of-2', 'halves/shard-2-of-2', 'others'];
    const choice = ['--methods', 'attention,cdam:sharpen=2,cdam', '--metrics', 'gini', '--baseline', 'attention'];
    const outcome = await cdam(folder.path, ['evaluate', 'merge', ...folders, '--out', 'merged', ...choice]);
    expect(outcome).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('3 of 3 pictures from 3 folders') });
    const report = await reportIn('merged');
    expect(report.metrics.map(({ name }) => name)).toEqual(['gini']);
    expect(report.metrics[0]?.cells.map(({ method, count }) => [method, count])).toEqual([
      ['attention', 3],
      ['cdam:sharpen=2', 3],
      ['cdam', 3],
    ]);
    const lines = (await readFile(join(folder.path, 'merged', 'images.jsonl'), 'utf8')).trim().split('\n');
    const differences = lines.map((line) => {
      const { gini } = (JSON.parse(line) as { values: { gini: Record<string, number> } }).values;
      return (gini.cdam ?? Number.NaN) - (gini.attention ?? Number.NaN);
    });
    const compared = report.comparison?.metrics[0]?.cells[1];
    expect(compared).toMatchObject({ method: 'cdam', count: 3 });
    expect(compared?.mean).toBeCloseTo(differences.reduce((a, b) => a + b, 0) / 3, 12);
    expect(await readFile(join(folder.path, 'merged', 'report.html'), 'utf8')).toContain('<h2>Differences to attention</h2>');
    // The merged evaluation holds what the report leaves out.
    expect(JSON.parse(await readFile(join(folder.path, 'merged', 'evaluation.json'), 'utf8'))).toMatchObject({
      methods: ['cdam', 'cdam:sharpen=2', 'attention'],
      metrics: ['area-drop', 'gini'],
    });
  });
});

test.each([
  [['--methods', 'attention,ledger'], /ledger is not among the methods of the folders: attention$/],
  [['--metrics', 'entropy'], /entropy is not among the metrics of the folders: area-drop, gini$/],
  [['--metrics', 'beauty'], /there is no metric "beauty"/],
  [['--baseline', 'cdam'], /the baseline cdam is not among the methods; choose one of attention$/],
])('%j is an error where no folder has it', async (args, message) => {
  const { code, stderr } = await cdam(folder.path, ['evaluate', 'merge', 'others', '--out', 'nothing', ...args]);
  expect({ code, stderr: stderr.trim() }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
});

test('a baseline that is not measured is an error before anything is computed', async () => {
  const { code, stderr } = await cdam(folder.path, ['evaluate', ...pictures, '--methods', 'cdam', '--baseline', 'random', '--out', 'no']);
  expect({ code, stderr }).toEqual({ code: 2, stderr: 'cdam: the baseline random is not among the methods; choose one of cdam\n' });
});
