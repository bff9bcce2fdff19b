/**
 * Preprocessing and position embeddings, compared with Pillow, torchvision and PyTorch (tests/golden/generate.py made the expected values).
 */
import { readFile } from 'node:fs/promises';
import {
  type Picture,
  preprocess,
  type Resample,
  readCheckpoint,
  readSafetensors,
  resize,
  resizePositions,
  toFloat32,
  withFit,
  withInputSize,
} from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { describe, expect, it } from 'vitest';
import { goldenPath, readGolden, readPicture, readTensors } from '../support/golden.ts';

const FILTERS: readonly Resample[] = ['nearest', 'box', 'bilinear', 'hamming', 'bicubic', 'lanczos'];

function cut(picture: Picture, left: number, top: number, right: number, bottom: number): Picture {
  const rows = Array.from({ length: bottom - top }, (_, y) => {
    const start = ((y + top) * picture.width + left) * 3;
    return new Uint8Array(picture.data.subarray(start, start + (right - left) * 3));
  });
  return { width: right - left, height: bottom - top, channels: 3, data: new Uint8Array(Buffer.concat(rows)) };
}

describe('resize', async () => {
  const { entries } = readSafetensors(new Uint8Array(await readFile(goldenPath('resize.safetensors'))));
  it.each([...entries.keys()])('%s equals Pillow to the byte', async (name) => {
    const [file = '', box = '', size = '', filter = ''] = name.split(' ');
    const [left = 0, top = 0, right = 0, bottom = 0] = box.split(',').map(Number);
    const [width = 0, height = 0] = size.split('x').map(Number);
    const resample = FILTERS.find((known) => known === filter) ?? 'nearest';
    const photo = cut(await readPicture(goldenPath(`images/${file}`)), left, top, right, bottom);
    const resized = resize(photo, width, height, resample);
    expect(resample).toBe(filter);
    expect(Buffer.compare(Buffer.from(resized.data), Buffer.from(entries.get(name)?.bytes ?? []))).toBe(0);
  });
});

const MODELS = [
  'vit-small-f32',
  'vit-registers-f16',
  'hf-vit-split',
  'deit-distilled-bf16',
  'vit-mean-pooled',
  'vit-non-square',
  'dinov2-headless',
];

describe('preprocess', () => {
  it.each(MODELS)('gives the pixel values of %s', async (model) => {
    const { config } = readCheckpoint(await readModelFolder(goldenPath(model)));
    const { image } = await readGolden(goldenPath(`${model}/expected.json`));
    const wanted = (await readTensors(goldenPath(`${model}/intermediate.safetensors`))).get('pixel_values') ?? new Float32Array();
    const { pixels, picture } = preprocess(await readPicture(goldenPath(`images/${image}`)), config);
    expect([picture.height, picture.width]).toEqual([config.inputHeight, config.inputWidth]);
    expect(pixels.length).toBe(wanted.length);
    expect(Math.max(...pixels.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))))).toBeLessThan(1e-6);
  });

  it('keeps the whole picture when it squashes, and has any size of whole patches', async () => {
    const { config } = readCheckpoint(await readModelFolder(goldenPath('vit-small-f32')));
    const photo = await readPicture(goldenPath('images/coffee.png'));
    const wide = withFit(withInputSize(config, { height: 40, width: 96 }), 'squash');
    expect(preprocess(photo, wide).picture).toEqual(resize(photo, 96, 40, 'bicubic'));
    expect(withInputSize(config, { height: 128, width: 128 }).preprocessing.resizeHeight).toBe(Math.floor(128 / 0.9));
    expect(() => withInputSize(config, { height: 60, width: 64 })).toThrow(
      'the height 60 does not fit patches of 8 pixels: take a multiple, such as 56 or 64',
    );
  });
});

describe('resizePositions', async () => {
  const { entries } = readSafetensors(new Uint8Array(await readFile(goldenPath('positions.safetensors'))));
  const grids = new Map(Array.from(entries, ([name, entry]) => [name, { shape: entry.shape, values: toFloat32(entry) }]));
  it.each([...grids.keys()].filter((name) => name.includes(' ')))('%s equals PyTorch', (name) => {
    const [from = '', , how = ''] = name.split(' ');
    const [rows = 0, columns = 0, width = 0] = grids.get(from)?.shape ?? [];
    const [toRows = 0, toColumns = 0] = grids.get(name)?.shape ?? [];
    const interpolation = { antialias: how === 'antialias', offset: how === 'offset' ? 0.1 : 0 };
    const prefix = Float32Array.from({ length: width }, (_, i) => i);
    const embeddings = Float32Array.of(...prefix, ...(grids.get(from)?.values ?? []));
    const resized = resizePositions(embeddings, width, { rows, columns, prefix: 1 }, { rows: toRows, columns: toColumns }, interpolation);
    const wanted = grids.get(name)?.values ?? new Float32Array();
    expect(resized.subarray(0, width)).toEqual(prefix);
    expect(resized.length).toBe(wanted.length + width);
    expect(Math.max(...wanted.map((value, i) => Math.abs(value - (resized[i + width] ?? Number.NaN))))).toBeLessThan(1e-6);
  });

  it('returns the embeddings as they are when the grid stays the same', () => {
    const embeddings = Float32Array.of(9, 1, 2, 3, 4);
    expect(
      resizePositions(embeddings, 1, { rows: 2, columns: 2, prefix: 1 }, { rows: 2, columns: 2 }, { antialias: true, offset: 0.1 }),
    ).toBe(embeddings);
    expect(() =>
      resizePositions(embeddings, 2, { rows: 2, columns: 2, prefix: 1 }, { rows: 3, columns: 2 }, { antialias: true, offset: 0 }),
    ).toThrow('1 + 2×2 tokens of 2 are 10');
  });
});
