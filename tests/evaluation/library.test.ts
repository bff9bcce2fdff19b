/** An evaluation needs no image files and no terminal: pictures come from memory, and progress is reported to an object. */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Companions,
  EvaluationError,
  type EvaluationImage,
  type EvaluationPlan,
  type EvaluationReport,
  evaluateImage,
  examplePath,
} from '@cdam/evaluation';
import { type Evaluation, evaluate, mergeParts, type Progress, readRecords, shardFolder } from '@cdam/evaluation/node';
import { createReferenceBackend } from '@cdam/tensor';
import { type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { findMetric } from 'cdam';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { goldenPath, readPicture } from '../support/golden.ts';

let vit: VisionTransformer;
let pictures: Picture[];
let folder: string;

beforeAll(async () => {
  vit = await loadVit(goldenPath('vit-small-f32'), { backend: createReferenceBackend() });
  pictures = await Promise.all(['astronaut', 'chelsea', 'coffee'].map((name) => readPicture(goldenPath(`images/${name}.png`))));
  folder = await mkdtemp(join(tmpdir(), 'cdam-evaluation-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const plan: EvaluationPlan = {
  methods: [
    { label: 'cdam', name: 'cdam', options: {} },
    { label: 'random', name: 'random', options: {} },
  ],
  metrics: [findMetric('gini')],
  target: 'predicted',
  weights: 'f32',
  steps: 4,
  draws: 6,
  seed: 0,
};

function unreadable(): Promise<Picture> {
  return Promise.reject(new EvaluationError('picture', 'the picture is damaged'));
}

function imagesOf(labels: readonly (number | undefined)[]): EvaluationImage[] {
  return labels.map((label, index) => {
    const picture = pictures[index % pictures.length];
    return { index, file: `picture ${index}`, label, read: () => (picture === undefined ? unreadable() : Promise.resolve(picture)) };
  });
}

/** Keeps all reports of progress. */
function listener(): Progress & { readonly heard: string[] } {
  const heard: string[] = [];
  return {
    heard,
    begin: (total) => heard.push(`begin ${total}`),
    working: (file) => heard.push(`working on ${file}`),
    advance: () => heard.push('advance'),
    end: () => heard.push('end'),
    line: (text) => heard.push(text.replace(/about .* left/, 'some time left')),
    problem: (text) => heard.push(`problem: ${text}`),
  };
}

function evaluationOf(images: readonly EvaluationImage[], name: string): Evaluation {
  return { vit, plan, images, shard: { number: 1, count: 1 }, folder: join(folder, name) };
}

describe('pictures in memory', () => {
  test('are reported with each method and each metric before it begins', async () => {
    const measuring: string[] = [];
    await evaluate(evaluationOf(imagesOf([undefined]), 'signs'), { ...listener(), measuring: (name) => measuring.push(name) });
    expect(measuring).toEqual(['cdam', 'random', 'gini']);
  });

  test('are measured, drawn, recorded and reported, and one that cannot be read is skipped', async () => {
    const images = imagesOf([undefined, undefined, undefined]).map((image) => (image.index === 1 ? { ...image, read: unreadable } : image));
    const progress = listener();
    const drawn: string[] = [];
    const outcome = await evaluate(
      {
        ...evaluationOf(images, 'memory'),
        draw: async ({ record, maps }) => {
          drawn.push(...Array.from(maps.keys(), (method) => examplePath(record, method)));
          // The record is not written yet: after an interruption here, the picture is measured and drawn again.
          expect((await readRecords(join(folder, 'memory'))).map(({ index }) => index)).not.toContain(record.index);
        },
      },
      progress,
    );
    expect(outcome).toEqual({
      measured: 2,
      wanted: 3,
      files: ['json', 'md', 'html'].map((kind) => join(folder, 'memory', `report.${kind}`)),
    });
    expect(drawn).toEqual(['examples/0-cdam.png', 'examples/0-random.png', 'examples/2-cdam.png', 'examples/2-random.png']);
    expect((await readRecords(join(folder, 'memory'))).map(({ file }) => file)).toEqual(['picture 0', 'picture 2']);
    expect(progress.heard).toEqual([
      'begin 3',
      ...['working on picture 0', 'advance', '1/3  picture 0  some time left'],
      ...['working on picture 1', 'problem: the picture is damaged', 'advance'],
      ...['working on picture 2', 'advance', '3/3  picture 2  done'],
      'end',
    ]);
  });

  test('that fail for any other reason end the evaluation, and its end is reported', async () => {
    const broken = imagesOf([undefined]).map((image) => ({
      ...image,
      read: () => Promise.reject(new TypeError('a mistake in a program')),
    }));
    const progress = listener();
    await expect(evaluate(evaluationOf(broken, 'mistake'), progress)).rejects.toThrow('a mistake in a program');
    expect(progress.heard.at(-1)).toBe('end');
  });

  test('give no report when none can be read', async () => {
    const none = imagesOf([undefined]).map((image) => ({ ...image, read: unreadable }));
    expect(await evaluate(evaluationOf(none, 'none'), listener())).toEqual({ measured: 0, wanted: 1, files: [] });
    await expect(mergeParts([join(folder, 'none')], join(folder, 'merged'))).rejects.toMatchObject({ code: 'folder' });
  });
});

test('a folder whose settings have the former name bench.json is resumed and merged', async () => {
  const images = imagesOf([undefined, undefined, undefined]);
  const whole = evaluationOf(images, 'former');
  const first = { number: 1, count: 3 };
  await evaluate({ ...whole, shard: first, folder: shardFolder(whole.folder, first) }, listener());
  const [part, former] = [shardFolder(whole.folder, first), join(folder, 'former', 'bench')];
  await rename(part, former);
  await rename(join(former, 'evaluation.json'), join(former, 'bench.json'));
  const progress = listener();
  expect(await evaluate({ ...whole, folder: former }, progress)).toMatchObject({ measured: 3, wanted: 3 });
  expect(progress.heard.slice(0, 2)).toEqual(['resumes after 1 of 3 pictures', 'begin 2']);
  expect(await mergeParts([former], join(folder, 'former', 'merged'))).toMatchObject({ measured: 3, wanted: 3 });
  const settings = await readFile(join(folder, 'former', 'merged', 'evaluation.json'), 'utf8');
  expect(settings).toBe(await readFile(join(former, 'bench.json'), 'utf8'));
  const other = evaluate({ ...whole, folder: former, plan: { ...plan, seed: 1 } }, listener());
  await expect(other).rejects.toMatchObject({ code: 'settings', message: expect.stringContaining('an evaluation of other seed') });
});

describe('folders of other methods, metrics and pictures', () => {
  const row = (label: string): EvaluationPlan['methods'][number] => ({ label, name: label === 'noise' ? 'random' : 'cdam', options: {} });
  const columns = (labels: readonly string[], metrics: readonly string[]): EvaluationPlan => ({
    ...plan,
    methods: labels.map(row),
    metrics: metrics.map(findMetric),
  });
  const whole = columns(['cdam', 'noise'], ['area-drop', 'gini']);
  /** Measures some columns of some pictures into a folder of its own. */
  const measure = async (name: string, own: EvaluationPlan, shard = { number: 1, count: 1 }): Promise<string> => {
    const evaluation = { ...evaluationOf(imagesOf([undefined, undefined, undefined]), join('columns', name)), plan: own, shard };
    await evaluate(evaluation, listener());
    return evaluation.folder;
  };
  const withoutTimes = async (path: string): Promise<unknown[]> => (await readRecords(path)).map(({ milliseconds, ...record }) => record);
  const metricsOf = async (path: string): Promise<unknown> => JSON.parse(await readFile(join(path, 'report.json'), 'utf8')).metrics;

  test('merge into the table that one evaluation of everything gives', async () => {
    const [half, other] = [
      { number: 1, count: 2 },
      { number: 2, count: 2 },
    ];
    const parts = await Promise.all([
      measure('cdam-first', columns(['cdam'], ['area-drop', 'gini']), half),
      measure('cdam-second', columns(['cdam'], ['area-drop', 'gini']), other),
      measure('noise-gini', columns(['noise'], ['gini'])),
      measure('noise-area', columns(['noise'], ['area-drop', 'gini'])),
    ]);
    const all = await measure('whole', whole);
    const merged = join(folder, 'columns', 'merged');
    expect(await mergeParts(parts, merged)).toMatchObject({ measured: 3, wanted: 3 });
    const [found, expected] = [await withoutTimes(merged), await withoutTimes(all)];
    expect(found).toEqual(expected);
    expect(await metricsOf(merged)).toEqual(await metricsOf(all));
    // What is merged can be merged again, into the same place too.
    expect(await mergeParts([merged, all], merged)).toMatchObject({ measured: 3 });
    expect(await withoutTimes(merged)).toEqual(expected);
    // And nothing that is only there may be lost.
    await expect(mergeParts(parts.slice(0, 2), merged)).rejects.toMatchObject({
      code: 'settings',
      message: expect.stringContaining('holds an evaluation of noise too'),
    });
  });

  test('leave null what nobody measured, with its count in the report, whose rows are chosen and compared', async () => {
    const parts = [
      await measure('one', columns(['cdam'], ['gini']), { number: 1, count: 3 }),
      await measure('all', columns(['noise'], ['gini'])),
    ];
    const merged = join(folder, 'columns', 'incomplete');
    await mergeParts(parts, merged, { methods: ['noise', 'cdam'], baseline: 'noise' });
    const records = await readRecords(merged);
    expect(records.map(({ values }) => values.gini?.cdam)).toEqual([expect.any(Number), null, null]);
    const report = JSON.parse(await readFile(join(merged, 'report.json'), 'utf8')) as EvaluationReport;
    expect(report.metrics[0]?.cells.map(({ method, count }) => [method, count])).toEqual([
      ['noise', 3],
      ['cdam', 1],
    ]);
    expect(report.comparison?.metrics[0]?.cells).toMatchObject([{ method: 'cdam', count: 1 }]);
    const { cdam: own = 0, noise = 0 } = (records[0]?.values.gini ?? {}) as Record<string, number>;
    expect(report.comparison?.metrics[0]?.cells[0]?.mean).toBeCloseTo(own - noise, 12);
    expect(await readFile(join(merged, 'report.md'), 'utf8')).toContain('- cdam: 2 of 3 pictures have no number of gini');
    const only = join(folder, 'columns', 'only');
    await mergeParts(parts, only, { methods: ['noise'] });
    expect((await readRecords(only))[0]?.values.gini).toHaveProperty('cdam');
    await expect(mergeParts(parts, only, { methods: ['ledger'] })).rejects.toMatchObject({ code: 'settings' });
    await expect(mergeParts(parts, only, { methods: ['noise'], baseline: 'cdam' })).rejects.toMatchObject({ code: 'settings' });
  });

  test('are refused when another seed, other steps or other pictures were measured, or another number', async () => {
    const first = await measure('first', columns(['cdam'], ['gini']));
    const out = join(folder, 'columns', 'refused');
    const seeded = await measure('seeded', { ...columns(['noise'], ['gini']), seed: 1 });
    await expect(mergeParts([first, seeded], out)).rejects.toMatchObject({ message: expect.stringContaining('of other seed') });
    const stepped = await measure('stepped', { ...columns(['noise'], ['gini']), steps: 5 });
    await expect(mergeParts([first, stepped], out)).rejects.toMatchObject({ message: expect.stringContaining('of other steps') });
    const others = {
      ...evaluationOf(imagesOf([undefined, undefined]), join('columns', 'others')),
      plan: whole,
    };
    await evaluate(others, listener());
    await expect(mergeParts([first, others.folder], out)).rejects.toMatchObject({ message: expect.stringContaining('of other pictures') });
    const changed = await measure('changed', columns(['cdam'], ['gini']));
    const text = await readFile(join(changed, 'images.jsonl'), 'utf8');
    await writeFile(join(changed, 'images.jsonl'), text.replace(/"cdam":0\.\d+/, '"cdam":0.999'));
    await expect(mergeParts([first, changed], out)).rejects.toMatchObject({
      code: 'record',
      message: expect.stringMatching(/changed: picture 0 has 0\.999 for cdam by gini, and a folder before it 0\.\d+;/),
    });
  });
});

describe('companions', () => {
  test('are of three other classes than the picture, and always the same', async () => {
    const images = imagesOf([0, 0, 1, 1, 2, 3, 4]);
    const options = { target: 'label', seed: 5 } as const;
    const found = await new Companions(vit, images, options).find(0, 0);
    expect(found).toHaveLength(3);
    expect(await new Companions(vit, images, options).find(0, 0)).toEqual(found);
    expect(await new Companions(vit, images.slice(0, 4), options).find(0, 0)).toHaveLength(1);
  });

  test('that cannot be read are skipped, whether their class is known or predicted', async () => {
    const images = imagesOf([0, 1, 2]).map((image) => (image.index === 1 ? { ...image, read: unreadable } : image));
    const readable = pictures[2];
    if (readable === undefined) throw new Error('there are three pictures');
    const expected = [preprocess(readable, vit.config).pixels];
    expect(await new Companions(vit, images, { target: 'label', seed: 0 }).find(0, 0)).toEqual(expected);
    expect(await new Companions(vit, images, { target: 'predicted', seed: 0 }).find(0, 99)).toEqual(expected);
  });
});

test.each([['cdam'], ['ledger', 'cdam'], ['frozen-gates', 'relevance', 'cdam']] as const)(
  'the look keeps what %s goes back through, so that no method needs a second pass',
  async (...names) => {
    const [image] = imagesOf([undefined]);
    if (image === undefined) throw new Error('there is a picture');
    const deep: EvaluationPlan = { ...plan, methods: names.map((name) => ({ label: name, name, options: {} })) };
    const embed = vi.spyOn(vit, 'embed');
    const { record, view } = await evaluateImage(vit, image, deep, new Companions(vit, [], deep));
    view.dispose();
    expect(embed).toHaveBeenCalledTimes(1);
    embed.mockRestore();
    expect(Object.values(record.values.gini ?? {})).toEqual(names.map(() => expect.any(Number)));
  },
);

test('the label is explained when the plan says so, and the predicted class when there is no label', async () => {
  const [labelled, unlabelled] = imagesOf([3, undefined]);
  if (labelled === undefined || unlabelled === undefined) throw new Error('there are two pictures');
  const ofLabels: EvaluationPlan = { ...plan, target: 'label' };
  for (const [image, label] of [[labelled, 3] as const, [unlabelled, null] as const]) {
    const { record, view } = await evaluateImage(vit, image, ofLabels, new Companions(vit, [], ofLabels));
    view.dispose();
    expect(record.label).toBe(label);
    expect(record.target).toBe(label ?? record.predicted);
  }
});
