/** `cdam evaluate` makes one table, continues after an interruption, and gives the same numbers in parts as in one run. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationReport } from '@cdam/evaluation';
import { createReferenceBackend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { areaBetweenCurves, cdam as cdamMap, look, shareOfSmall } from 'cdam';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenPath, readPicture } from '../support/golden.ts';
import { astronaut, cdam, type Outcome, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();
const shared = ['--model', smallModel, '--backend', 'wasm', '--steps', '4', '--draws', '6', '--seed', '3'];
const question = ['--methods', 'cdam,attention,random', '--metrics', 'area-drop,compactness,pearson-second', ...shared];

async function reportIn(name: string): Promise<EvaluationReport> {
  return JSON.parse(await readFile(join(folder.path, name, 'report.json'), 'utf8')) as EvaluationReport;
}

/** The part of a report that does not depend on the clock. */
function numbersOf({ settings, metrics, measured, accuracy }: EvaluationReport): object {
  return { settings, metrics, measured, accuracy };
}

/** The records that were written, without the times. */
async function linesIn(name: string): Promise<unknown[]> {
  const text = await readFile(join(folder.path, name, 'images.jsonl'), 'utf8');
  const records = text
    .trim()
    .split('\n')
    .map((line): Record<string, unknown> => JSON.parse(line));
  return records.map(({ milliseconds, ...record }) => record);
}

beforeAll(async () => {
  for (const name of ['astronaut.png', 'chelsea.png', 'coffee.png']) await cp(goldenPath(`images/${name}`), join(folder.path, name));
  await writeFile(
    join(folder.path, 'labels.csv'),
    'file,label,name\nastronaut.png,6,"one, quoted"\nchelsea.png,2,two\ncoffee.png,3,three\n',
  );
});

describe('over a table of three pictures', () => {
  let outcome: Outcome;
  let report: EvaluationReport;

  beforeAll(async () => {
    outcome = await cdam(folder.path, ['evaluate', 'labels.csv', '--out', 'whole', '--examples', '1', ...question]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    report = await reportIn('whole');
  });

  test('the table has every method and metric, with intervals around the means', () => {
    expect(report.metrics.map(({ name }) => name)).toEqual(['area-drop', 'compactness', 'pearson-second']);
    for (const { cells } of report.metrics) {
      expect(cells.map(({ method, count }) => [method, count])).toEqual([
        ['cdam', 3],
        ['attention', 3],
        ['random', 3],
      ]);
      for (const { mean, low, high } of cells) {
        expect(low).toBeLessThanOrEqual(mean ?? Number.NaN);
        expect(high).toBeGreaterThanOrEqual(mean ?? Number.NaN);
      }
    }
  });

  test('a picture’s numbers are those that the library gives', async () => {
    const vit = await loadVit(smallModel, { backend: createReferenceBackend() });
    const view = look(vit, await readPicture(astronaut));
    const { scores } = await cdamMap(view, 6);
    const [area = Number.NaN] = await areaBetweenCurves(view, 6, [scores], { removal: 'drop', steps: 4, seed: 3 });
    const [first] = await linesIn('whole');
    expect(first).toMatchObject({
      file: 'astronaut.png',
      target: 6,
      predicted: 6,
      label: 6,
      values: {
        'area-drop': { cdam: expect.closeTo(area, 3) },
        compactness: { cdam: expect.closeTo(shareOfSmall(scores), 6) },
        'pearson-second': { attention: expect.closeTo(1, 6) },
      },
    });
  });

  test('the means are those of the pictures, and the accuracy that of the labels', async () => {
    const records = (await linesIn('whole')) as { values: Record<string, Record<string, number>>; predicted: number; label: number }[];
    for (const { name, cells } of report.metrics) {
      const values = records.map((record) => record.values[name]?.cdam ?? Number.NaN);
      expect(cells[0]?.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 3, 10);
    }
    expect(report.accuracy).toBe(records.filter(({ predicted, label }) => predicted === label).length / 3);
  });

  test('every picture has other noise', async () => {
    const records = (await linesIn('whole')) as { values: { compactness: { random: number }; 'area-drop': { random: number } } }[];
    expect(new Set(records.map(({ values }) => values['area-drop'].random)).size).toBe(3);
  });

  test('the report has the times of all methods and metrics', () => {
    for (const times of [report.costs.methods, report.costs.metrics])
      for (const time of Object.values(times)) expect(time).toBeGreaterThan(0);
    expect(Object.keys(report.costs.methods)).toEqual(['cdam', 'attention', 'random']);
  });

  test('Markdown and page show the numbers, a plot for each metric, and the example maps', async () => {
    const [markdown, page] = await Promise.all(
      ['report.md', 'report.html'].map((name) => readFile(join(folder.path, 'whole', name), 'utf8')),
    );
    const share = report.metrics[1]?.cells[0]?.mean?.toFixed(3) ?? '?';
    expect(markdown).toMatch(/\| method \| area-drop ↑ \|\n/);
    expect(markdown).toContain(share);
    // Three pictures are too few to mark a mean as the best.
    expect(markdown).toMatch(/\| cdam \| -?[\d.]+ \[[^\]]+\] \|\n\| attention \| 1\.00 \[1\.00, 1\.00\] \|\n\| random \| -?[\d.]+ \[/);
    expect(page).toContain(share);
    expect(page?.match(/<svg /g)).toHaveLength(3);
    const pictures = Array.from(page?.matchAll(/<img src="([^"]+)"/g) ?? [], ([, path = '']) => path);
    expect(pictures).toEqual(['picture', 'cdam', 'attention', 'random'].map((what) => `examples/0-${what}.png`));
    for (const path of pictures) expect(await sharp(join(folder.path, 'whole', path)).metadata()).toMatchObject({ width: 64, height: 64 });
  });

  test('the output shows the progress', () => {
    expect(outcome.stdout).toMatch(/^1\/3 {2}astronaut\.png {2}about [\d.]+ (ms|s) left$/m);
    expect(outcome.stdout).toMatch(/^3\/3 {2}coffee\.png {2}done$/m);
  });

  test('after an interruption it continues after the last whole line', async () => {
    await cp(join(folder.path, 'whole'), join(folder.path, 'resumed'), { recursive: true });
    const lines = (await readFile(join(folder.path, 'whole', 'images.jsonl'), 'utf8')).split('\n');
    // The changed name in the first record shows that the picture is not measured again. The second record is cut short.
    const marked = lines[0]?.replace('"file":"astronaut.png"', '"file":"kept"');
    await writeFile(join(folder.path, 'resumed', 'images.jsonl'), `${marked}\n${lines[1]?.slice(0, 40)}`);
    const { code, stdout } = await cdam(folder.path, ['evaluate', 'labels.csv', '--out', 'resumed', ...question]);
    expect(code).toBe(0);
    expect(stdout).toContain('resumes after 1 of 3 pictures');
    const [first, ...others] = await linesIn('resumed');
    expect(first).toMatchObject({ file: 'kept' });
    expect(others).toEqual((await linesIn('whole')).slice(1));
    expect(numbersOf(await reportIn('resumed'))).toEqual(numbersOf(report));
  });

  test('a record that was changed is an error with the number of its line', async () => {
    await cp(join(folder.path, 'whole'), join(folder.path, 'damaged'), { recursive: true });
    const text = await readFile(join(folder.path, 'whole', 'images.jsonl'), 'utf8');
    await writeFile(join(folder.path, 'damaged', 'images.jsonl'), text.replace('"values":{', '"values":7,"others":{'));
    const { code, stderr } = await cdam(folder.path, ['evaluate', 'merge', 'damaged', '--out', 'merged-damaged']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `cdam: ${join('damaged', 'images.jsonl')}: line 1 is damaged; remove it\n` });
  });

  test('numbers of other settings are not mixed in', async () => {
    const { code, stderr } = await cdam(folder.path, ['evaluate', 'labels.csv', '--out', 'whole', ...question, '--seed', '4']);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^cdam: whole holds an evaluation of other seed; [^\n]*\n$/),
    });
  });

  test('parts, given by hand, by Slurm or by Kubernetes, merge into the same table', async () => {
    const args = ['evaluate', 'labels.csv', '--out', 'parts', '--examples', '1', ...question];
    const first = await cdam(folder.path, [...args, '--shard', '1/3']);
    const second = await cdam(folder.path, args, { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_COUNT: '3', SLURM_ARRAY_TASK_MIN: '4' });
    const third = await cdam(folder.path, args, { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' });
    expect([first, second, third].map(({ code }) => code)).toEqual([0, 0, 0]);
    const folders = [3, 1, 2].map((number) => join('parts', `shard-${number}-of-3`));
    const merged = await cdam(folder.path, ['evaluate', 'merge', ...folders, '--out', 'merged']);
    expect(merged).toMatchObject({ code: 0, stderr: '' });
    expect(await linesIn('merged')).toEqual(await linesIn('whole'));
    expect(numbersOf(await reportIn('merged'))).toEqual(numbersOf(report));
    expect(await readFile(join(folder.path, 'merged', 'report.html'), 'utf8')).toContain('examples/0-cdam.png');
  });
});

test('masks, mosaics and models with other weights are measured when their metrics are chosen', async () => {
  const mask = await sharp(astronaut).metadata();
  const half = Buffer.alloc(mask.width * mask.height, 0).fill(255, 0, Math.floor(mask.height / 2) * mask.width);
  await sharp(half, { raw: { width: mask.width, height: mask.height, channels: 1 } }).toFile(join(folder.path, 'masks-astronaut.png'));
  await cp(join(folder.path, 'masks-astronaut.png'), join(folder.path, 'masks', 'astronaut.png'));
  const metrics = 'agreement-with-masks,grid-pointing,weight-randomisation';
  const args = ['evaluate', 'astronaut.png', '--out', 'more', '--methods', 'cdam', '--metrics', metrics, '--masks', 'masks', ...shared];
  expect((await cdam(folder.path, args)).code).toBe(0);
  const { metrics: measured, problems } = await reportIn('more');
  const means = Object.fromEntries(measured.map(({ name, cells }) => [name, cells[0]?.mean]));
  expect(Object.keys(means)).toEqual(['grid-pointing', 'weight-randomisation', 'mask-pointing', 'mask-share', 'mask-iou']);
  expect(means['grid-pointing']).toBeNull();
  expect(problems).toEqual([{ problem: expect.stringContaining('three pictures of other classes'), pictures: 1 }]);
  const vit = await loadVit(smallModel, { backend: createReferenceBackend() });
  const { scores } = await cdamMap(look(vit, await readPicture(astronaut)), 6);
  const positive = scores.map((score) => Math.max(0, score));
  const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
  expect(means['mask-share']).toBeCloseTo(sum(positive.slice(0, 32)) / sum(positive), 3);
});

test('a method may have several rows with different options', async () => {
  const methods = 'smooth-cdam,smooth-cdam:noise=0:samples=1,cdam,cdam:sharpen=2';
  const args = ['evaluate', 'astronaut.png', '--out', 'rows', '--methods', methods, '--metrics', 'gini', '--examples', '1', ...shared];
  expect((await cdam(folder.path, args)).code).toBe(0);
  const { settings, metrics } = await reportIn('rows');
  expect(settings.methods).toEqual(methods.split(','));
  const [smooth, withoutNoise, plain, sharpened] = metrics[0]?.cells.map(({ mean }) => mean ?? Number.NaN) ?? [];
  expect(withoutNoise).toBeCloseTo(plain ?? Number.NaN, 5);
  expect(Math.abs((smooth ?? 0) - (plain ?? 0))).toBeGreaterThan(1e-4);
  expect(sharpened).toBeGreaterThan((plain ?? Number.NaN) + 0.01);
  expect(await readFile(join(folder.path, 'rows', 'report.html'), 'utf8')).toContain('examples/0-smooth-cdam-noise-0-samples-1.png');
});

test.each([
  [['--metrics', 'beauty'], /there is no metric "beauty"; there are area-mean/],
  [['--methods', 'magic'], /there is no method "magic"; there are cdam/],
  [['--methods', 'cdam:noise=1'], /cdam:noise=1: cdam has no option "noise"; it has from, route, sharpen$/m],
  [['--methods', 'smooth-cdam:noise=loud'], /smooth-cdam:noise=loud: noise is a number from 0, not "loud"$/m],
  [['--methods', 'smooth-cdam:variant=x'], /variant is block-input or norm1, not "x"$/m],
  [['--target', 'label'], /--target label: astronaut\.png has no label/],
  [['--metrics', 'mask-iou'], /mask-iou needs masks; give a folder with --masks/],
  [['--shard', '4/3'], /--shard 4\/3: give a part such as 2\/8/],
  [['--limit', '0'], /--limit is a whole number from 1, not "0"$/m],
])('%j is an error before anything is computed', async (args, message) => {
  const { code, stderr } = await cdam(folder.path, ['evaluate', 'astronaut.png', '--model', smallModel, ...args]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

test.each([
  [['bench']],
  [['bench', '--help']],
  [['bench', 'astronaut.png', '--methods', 'cdam', '--out', 'report']],
  [['bench', 'merge', 'report', '--out', 'merged']],
])('%j, with the former name of the command, gives its present name', async (args) => {
  expect(await cdam(folder.path, args)).toEqual({
    code: 2,
    stdout: '',
    stderr: 'cdam: cdam bench is called cdam evaluate now; give the same images and options to it\n',
  });
});

test('a folder without an evaluation cannot be merged', async () => {
  const { code, stderr } = await cdam(folder.path, ['evaluate', 'merge', 'masks', '--out', 'merged-nothing']);
  const message = 'cdam: masks holds no evaluation; give the folders that parts were written to\n';
  expect({ code, stderr }).toEqual({ code: 2, stderr: message });
});

test.each([
  ['a folder', ['masks'], 'masks is a folder; give the image files in it, or a .csv that lists them'],
  ['a folder beside a picture', ['astronaut.png', 'masks'], 'masks is a folder; give the image files in it, or a .csv that lists them'],
  ['a picture that does not exist', ['nowhere.png'], 'there is no file nowhere.png; check the name'],
  ['a table that does not exist', ['nowhere.csv'], 'nowhere.csv cannot be read (ENOENT); give a table or image files'],
])('%s is refused, and leaves no evaluation behind', async (what, inputs, message) => {
  await mkdir(join(folder.path, 'masks'), { recursive: true });
  const out = join('refused', what.replaceAll(' ', '-'));
  const { code, stderr } = await cdam(folder.path, ['evaluate', ...inputs, '--out', out, ...question]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: `cdam: ${message}\n` });
  expect(await readdir(join(folder.path, out)).catch(() => [])).toEqual([]);
});

test('a picture that cannot be read is reported, and the others are measured', async () => {
  await writeFile(join(folder.path, 'broken.png'), 'no picture');
  const args = ['evaluate', 'broken.png', 'astronaut.png', '--out', 'some', '--methods', 'cdam', '--metrics', 'compactness', ...shared];
  const { code, stderr } = await cdam(folder.path, args);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'cdam: broken.png is not an image that can be read; give a JPEG, PNG or WebP file\n',
  });
  expect((await reportIn('some')).measured).toBe(1);
});
