/** An evaluation needs no image files and no terminal: pictures come from memory, and progress is reported to an object. */
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Companions, EvaluationError, type EvaluationImage, type EvaluationPlan, evaluateImage, examplePath } from '@cdam/evaluation';
import { type Evaluation, evaluate, mergeParts, type Progress, readRecords, shardFolder } from '@cdam/evaluation/node';
import { createReferenceBackend } from '@cdam/tensor';
import { type Picture, preprocess, type VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { findMetric } from 'cdam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
