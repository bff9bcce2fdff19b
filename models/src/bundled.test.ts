/** The bundled model, measured on the bundled sample, so that no data set is needed. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWasm } from '@cdam/kernels/wasm/node';
import { createReferenceBackend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { look } from 'cdam';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { modelCard } from './measure/card.ts';
import { evaluate } from './measure/evaluation.ts';
import { takeApart } from './measure/sheet.ts';
import { readTrainingRecord } from './training/export.ts';
import { modelConfig } from './training/model-config.ts';
import { BUNDLED_RECIPE } from './training/recipe.ts';

const folder = fileURLToPath(new URL('../bundled', import.meta.url));
const json = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));

describe('the bundled model', () => {
  it('has the configuration and the sizes of the recipe, and nothing is assumed', async () => {
    const files = await readModelFolder(folder);
    const { config, parameters } = await loadVit(files, { backend: createReferenceBackend() });
    expect(files.config).toEqual(modelConfig(BUNDLED_RECIPE));
    expect((await readTrainingRecord(folder)).recipe).toEqual(BUNDLED_RECIPE);
    expect([config.multiLabel, config.assumptions, config.inputHeight, config.labels?.length]).toEqual([true, [], 56, 10]);
    expect(parameters).toBeGreaterThan(200_000);
    expect(parameters).toBeLessThan(400_000);
  });

  it('names the articles of the sample, and its maps point at them where the attention map does not', async () => {
    const backend = await openWasm();
    const vit = await loadVit(await readModelFolder(folder), { backend });
    const { data, info } = await sharp(join(folder, 'sample.png')).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    const { cells } = await json('sample.json');
    const figures = await evaluate(vit, takeApart({ width: info.width, height: info.height, data }, cells));
    expect(figures.mosaics).toBe(64);
    expect(figures.meanAveragePrecision).toBeGreaterThan(0.85);
    expect(figures.localisation.methods.cdam.share).toBeGreaterThan(0.5);
    expect(figures.localisation.methods.cdam.hits).toBeGreaterThan(0.7);
    expect(figures.localisation.methods.ledger.share).toBeGreaterThan(0.5);
    expect(figures.localisation.methods.attention.share).toBeLessThan(0.35);
    backend.dispose();
  });

  it('has a mean average precision of 0.85 or more in the record of its evaluation, which has the digest of these weights', async () => {
    const record = await json('evaluation.json');
    const { weights } = await readModelFolder(folder);
    expect(record.weights).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(record.mosaics).toBeGreaterThanOrEqual(1000);
    expect(record.meanAveragePrecision).toBeGreaterThanOrEqual(0.85);
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toBe(modelCard(await readTrainingRecord(folder), record));
  });

  it('names the four articles of the example, and no other', async () => {
    const vit = await loadVit(await readModelFolder(folder), { backend: createReferenceBackend() });
    const { data, info } = await sharp(join(folder, 'example.png'))
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    using view = look(vit, { width: info.width, height: info.height, channels: 3, data });
    const predictions = await view.predictions(10);
    const named = predictions.filter(({ probability }) => probability > 0.1).map(({ label }) => label);
    expect(named.sort()).toEqual(['Ankle boot', 'Bag', 'Shirt', 'Trouser']);
    expect(predictions[3]?.probability).toBeGreaterThan(0.75);
  });
});
