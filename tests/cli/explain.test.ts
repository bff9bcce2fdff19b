/** `cdam explain` writes JSON with PyTorch's numbers in the documented shape, and figures that show them. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@cdam/cli';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { cosine, type Golden, goldenPath, readGolden, relativeError, sharedPath } from '../support/golden.ts';
import { astronaut, cdam, LABELS, makeLabelledModel, type Outcome, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();

type Target = Report['images'][number]['maps'][number]['target'];

function indexOf(target: Target): number | undefined {
  return target?.kind === 'class' ? target.index : undefined;
}

function parse(json: string): Report {
  return JSON.parse(json) as Report;
}

describe('with the small golden model', () => {
  let outcome: Outcome;
  let report: Report;
  let golden: Golden;

  beforeAll(async () => {
    const targets = ['6', '5', '4'].flatMap((index) => ['--target', index]);
    const methods = ['--method', 'cdam', '--method', 'attention'];
    const places = ['--out', 'figures', '--json', 'reports/astronaut.json'];
    outcome = await cdam(folder.path, [
      'explain',
      astronaut,
      '--model',
      smallModel,
      '--backend',
      'reference',
      ...targets,
      ...methods,
      ...places,
    ]);
    expect(outcome.stderr).toBe('');
    report = parse(await readFile(join(folder.path, 'reports/astronaut.json'), 'utf8'));
    golden = await readGolden(goldenPath('vit-small-f32/expected.json'));
  });

  test('the JSON has exactly the documented shape', () => {
    const shapeOf = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
      if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
    };
    const shape = {
      version: 'number',
      model: { name: 'string', architecture: 'string', parameters: 'number', classes: 'number', patch: 'number', prefixTokens: 'number' },
      backend: { name: 'string', adapter: 'string', weights: 'string' },
      images: [
        {
          file: 'string',
          grid: ['number'],
          predictions: [{ index: 'number', label: 'string', logit: 'number', probability: 'number' }],
          maps: [{ method: 'string', target: { kind: 'string', index: 'number', label: 'string' }, from: 'string', scores: ['number'] }],
          milliseconds: { preprocess: 'number', backbone: 'number', maps: 'number' },
        },
      ],
    };
    expect(shapeOf(report)).toEqual(shape);
    expect(Object.keys(report)).toEqual(Object.keys(shape));
    expect(report).toMatchObject({
      version: 1,
      model: { name: 'vit-small-f32', architecture: 'vit_small_patch8_64', parameters: 473580, classes: 12, patch: 8, prefixTokens: 1 },
      backend: { name: 'reference' },
      images: [{ file: astronaut, grid: [8, 8] }],
    });
  });

  test('the predictions are the five best of PyTorch, best first', () => {
    const best = (golden.logits ?? []).map((logit, index) => ({ logit, index })).sort((a, b) => b.logit - a.logit);
    const predictions = report.images[0]?.predictions ?? [];
    expect(predictions.map(({ index }) => index)).toEqual(best.slice(0, 5).map(({ index }) => index));
    const logits = best.slice(0, 5).map(({ logit }) => logit);
    expect(
      relativeError(
        predictions.map(({ logit }) => logit),
        logits,
      ),
    ).toBeLessThan(1e-4);
    const sum = (golden.logits ?? []).reduce((total, logit) => total + Math.exp(logit), 0);
    expect(predictions[0]?.probability).toBeCloseTo(Math.exp(logits[0] ?? 0) / sum, 4);
  });

  test.each([6, 5, 4])('the map of class %d is PyTorch’s, in 32-bit floats', (index) => {
    const map = report.images[0]?.maps.find(({ target }) => indexOf(target) === index);
    expect(map).toMatchObject({ method: 'cdam', target: { kind: 'class', index, label: `class ${index}` }, from: 'logit' });
    const scores = map?.scores ?? [];
    expect(relativeError(scores, golden.classes?.[index]?.cdam ?? [])).toBeLessThan(2e-4);
    expect(scores.map(Math.fround)).toEqual(scores);
  });

  test('the attention map is PyTorch’s, and has no target', () => {
    const map = report.images[0]?.maps[3];
    expect(map).toMatchObject({ method: 'attention', target: null, from: null });
    expect(relativeError(map?.scores ?? [], golden.attention ?? [])).toBeLessThan(2e-4);
  });

  test('the output has the model, the backend, five predictions and the files that were written', () => {
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/^model {4}vit-small-f32: vit_small_patch8_64, 473.6 k parameters, 12 classes\nbackend {2}reference: /);
    expect(outcome.stdout.match(/^ +\d+\.\d % +\d+ {2}class \d+$/gm)).toHaveLength(5);
    expect(outcome.stdout).toContain(`wrote ${join('figures', 'astronaut-cdam-6.png')}`);
    expect(outcome.stdout).toContain(`wrote ${join('reports/astronaut.json')}`);
  });

  test('there is a picture, and a figure for every map', async () => {
    const files = [
      'astronaut-attention.png',
      'astronaut-cdam-4.png',
      'astronaut-cdam-5.png',
      'astronaut-cdam-6.png',
      'astronaut-picture.png',
    ];
    expect((await readdir(join(folder.path, 'figures'))).sort()).toEqual(files);
    const { width, height, format } = await sharp(join(folder.path, 'figures/astronaut-picture.png')).metadata();
    expect({ width, height, format }).toEqual({ width: 448, height: 448, format: 'png' });
  });

  test('the figure shows what speaks for the class in orange and what speaks against it in blue', async () => {
    const { data, info } = await sharp(join(folder.path, 'figures/astronaut-cdam-6.png')).raw().toBuffer({ resolveWithObject: true });
    const scores = report.images[0]?.maps[0]?.scores ?? [];
    const colourOf = (patch: number): { red: number; blue: number } => {
      // The map is in the middle of three panels of 448 pixels, with margins of 16 between and below them.
      const x = 2 * 16 + 448 + ((patch % 8) + 0.5) * 56;
      const y = info.height - 16 - 448 + (Math.floor(patch / 8) + 0.5) * 56;
      const at = (y * info.width + x) * info.channels;
      return { red: data[at] ?? 0, blue: data[at + 2] ?? 0 };
    };
    const captionDots = Array.from(
      { length: 80 * 400 },
      (_, i) => data[(Math.floor(i / 400) * info.width + (i % 400)) * info.channels] ?? 255,
    );
    expect(captionDots.filter((red) => red < 64).length).toBeGreaterThan(500);
    expect(info.width).toBe(3 * 448 + 4 * 16);
    const [strongestFor, strongestAgainst] = [scores.indexOf(Math.max(...scores)), scores.indexOf(Math.min(...scores))];
    expect(colourOf(strongestFor).red).toBeGreaterThan(colourOf(strongestFor).blue + 40);
    expect(colourOf(strongestAgainst).blue).toBeGreaterThan(colourOf(strongestAgainst).red + 20);
  });
});

test('--json - writes only JSON to stdout, and no figures without --out', async () => {
  const empty = join(folder.path, 'empty');
  await mkdir(empty);
  const { code, stdout, stderr } = await cdam(empty, [
    'explain',
    astronaut,
    '--model',
    smallModel,
    '--backend',
    'reference',
    '--json',
    '-',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [image] = parse(stdout).images;
  expect(image?.maps.map(({ target }) => indexOf(target))).toEqual([6]);
  expect(await readdir(empty)).toEqual([]);
});

test('without --model the bundled model explains', async () => {
  const { code, stdout, stderr } = await cdam(folder.path, ['explain', astronaut, '--backend', 'reference', '--json', '-']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(parse(stdout)).toMatchObject({ model: { name: 'bundled' }, images: [{ grid: [8, 8] }] });
});

test('--from probability explains the probability', async () => {
  const args = [
    'explain',
    astronaut,
    '--model',
    smallModel,
    '--backend',
    'reference',
    '--target',
    '5',
    '--method',
    'cdam',
    '--from',
    'probability',
    '--json',
    '-',
  ];
  const [map] = parse((await cdam(folder.path, args)).stdout).images[0]?.maps ?? [];
  const golden = await readGolden(goldenPath('vit-small-f32/expected.json'));
  expect(map?.from).toBe('probability');
  expect(relativeError(map?.scores ?? [], golden.classes?.[5]?.cdam_from_probability ?? [])).toBeLessThan(2e-4);
});

test('--backend webgpu takes any adapter, gives the same map, and the process ends', async () => {
  const args = ['explain', astronaut, '--model', smallModel, '--backend', 'webgpu', '--target', '6', '--method', 'cdam', '--json', '-'];
  const { code, stdout } = await cdam(folder.path, args);
  expect(code).toBe(0);
  const { backend, images } = parse(stdout);
  const golden = await readGolden(goldenPath('vit-small-f32/expected.json'));
  expect(backend.name).toBe('webgpu');
  expect(relativeError(images[0]?.maps[0]?.scores ?? [], golden.classes?.[6]?.cdam ?? [])).toBeLessThan(2e-4);
});

test('labels, synonyms, top5 and all are targets, each class once; --quiet prints nothing', async () => {
  const model = join(folder.path, 'labelled');
  await makeLabelledModel(model);
  const targets = ['violin', 'Tabby Cat', 'top5', 'all', '11'].flatMap((target) => ['--target', target]);
  const args = [
    'explain',
    astronaut,
    '--model',
    model,
    '--backend',
    'reference',
    '--quiet',
    '--out',
    'all',
    '--json',
    'all.json',
    ...targets,
  ];
  expect(await cdam(folder.path, args)).toEqual({ code: 0, stdout: '', stderr: '' });
  const report = parse(await readFile(join(folder.path, 'all.json'), 'utf8'));
  const indices = report.images[0]?.maps.map(({ target }) => indexOf(target)) ?? [];
  expect(indices.slice(0, 4)).toEqual([11, 2, 6, 5]);
  expect(indices.toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual(LABELS.map((_, i) => i));
  const files = await readdir(join(folder.path, 'all'));
  expect(files).toContain('astronaut-frozen-gates-2-tabby.png');
  expect(files).toContain('astronaut-frozen-gates-9-creme-brulee.png');
});

test('the probability of a class that is independent of the others is its sigmoid', async () => {
  const model = join(folder.path, 'multi-label');
  await makeLabelledModel(model, { problem_type: 'multi_label_classification' });
  const args = ['explain', astronaut, '--model', model, '--backend', 'reference', '--json', '-'];
  const predictions = parse((await cdam(folder.path, args)).stdout).images[0]?.predictions ?? [];
  expect(predictions).toHaveLength(5);
  for (const { logit, probability } of predictions) expect(probability).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6);
});

test('--size and --fit change the grid', async () => {
  const args = ['explain', astronaut, '--model', smallModel, '--backend', 'reference', '--size', '96x64', '--fit', 'squash', '--json', '-'];
  const [image] = parse((await cdam(folder.path, args)).stdout).images;
  expect(image?.grid).toEqual([8, 12]);
  expect(image?.maps[0]?.scores).toHaveLength(96);
});

test('a photo is rotated as its EXIF orientation says', async () => {
  const upright = await sharp(astronaut).resize(80, 64).blur(2).png().toBuffer();
  await sharp(upright).toFile(join(folder.path, 'upright.png'));
  // Orientation 6 means to rotate clockwise, so the pixels in the file are rotated counterclockwise.
  const turned = sharp(upright).rotate(270).jpeg({ quality: 100, chromaSubsampling: '4:4:4' });
  await turned.clone().withMetadata({ orientation: 6 }).toFile(join(folder.path, 'turned.jpg'));
  await turned.toFile(join(folder.path, 'lying.jpg'));
  const images = ['upright.png', 'turned.jpg', 'lying.jpg'];
  const { stdout } = await cdam(folder.path, [
    'explain',
    ...images,
    '--model',
    smallModel,
    '--backend',
    'reference',
    '--target',
    '6',
    '--json',
    '-',
  ]);
  const [first = [], second = [], third = []] = parse(stdout).images.map(({ maps }) => maps[0]?.scores);
  expect(cosine(first, second)).toBeGreaterThan(0.99);
  expect(cosine(first, third)).toBeLessThan(0.9);
});

const deit = sharedPath('models/deit-tiny');
const balls = sharedPath('images/balls.jpg');

test.skipIf(deit === undefined || balls === undefined)(
  'the maps of baseball and basketball point at opposite sides of a photo with both',
  async () => {
    const targets = ['--target', 'baseball', '--target', 'basketball'];
    const args = ['explain', balls ?? '', '--model', deit ?? '', ...targets, '--backend', 'reference', '--json', '-'];
    const maps = parse((await cdam(folder.path, args)).stdout).images[0]?.maps ?? [];
    const leftShare = (scores: readonly number[]): number => {
      const positive = scores.map((score) => Math.max(0, score));
      const left = positive.filter((_, patch) => patch % 14 < 7);
      return left.reduce((a, b) => a + b, 0) / positive.reduce((a, b) => a + b, 0);
    };
    expect(leftShare(maps[0]?.scores ?? [])).toBeGreaterThan(0.8);
    expect(leftShare(maps[1]?.scores ?? [])).toBeLessThan(0.2);
  },
);
