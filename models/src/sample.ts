/**
 * Writes the pictures beside the bundled model: the sheet of mosaics that the tests measure it on, and the example that the demo
 * explains. Run it in the root of the repository as
 *
 *     pnpm sample:bundled --data <folder with the files of Fashion-MNIST>
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createReferenceBackend, Random } from '@cdam/tensor';
import { loadVit, type VisionTransformer } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { look } from 'cdam';
import sharp from 'sharp';
import { ARTICLE_NAMES, readFashionMnist } from './data/fashion-mnist.ts';
import { DataError } from './data/idx.ts';
import { drawMosaics, MOSAIC_CELLS, MOSAIC_SIZE, type Mosaics, mosaicPicture } from './data/mosaic.ts';
import { asText } from './json.ts';
import { EVALUATION_SEED, layOut, SHEET_SIDE, sheetLabels } from './measure/sample.ts';
import { runProgram, UsageError } from './program.ts';
import { BUNDLED_RECIPE } from './training/recipe.ts';

const USAGE = `usage: pnpm sample:bundled --data <folder> [options]
  --data <folder>    the files of Fashion-MNIST, compressed or not
  --model <folder>   what names the articles, and where the pictures go   (models/bundled)`;

/** What the example shows, in any order. */
const EXAMPLE = ['Ankle boot', 'Bag', 'Trouser', 'Shirt'];
const EXAMPLE_ENLARGED = 4;
/** The example comes from mosaics of its own, none of which the model is measured on. */
const EXAMPLE_SEED = 30_000;
const EXAMPLE_TRIES = 50_000;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { data: { type: 'string' }, model: { type: 'string', default: 'models/bundled' } } });
  if (values.data === undefined) throw new UsageError('--data is missing');
  const articles = await readFashionMnist(values.data, 'test');
  const backend = createReferenceBackend();
  const vit = await loadVit(await readModelFolder(values.model), { backend });

  const sample = drawMosaics(articles, SHEET_SIDE ** 2, new Random(EVALUATION_SEED), BUNDLED_RECIPE.empty);
  const { data, ...size } = layOut(sample);
  await sharp(data, { raw: { ...size, channels: 1 } })
    .png({ compressionLevel: 9 })
    .toFile(join(values.model, 'sample.png'));
  await writeFile(join(values.model, 'sample.json'), asText(sheetLabels(sample)));

  const random = new Random(EXAMPLE_SEED);
  for (let i = 0; i < EXAMPLE_TRIES; i++) {
    const mosaic = drawMosaics(articles, 1, random, 0);
    if (!showsExample(mosaic) || !(await isNamedRightly(vit, mosaic))) continue;
    await sharp(mosaic.pixels, { raw: { width: MOSAIC_SIZE, height: MOSAIC_SIZE, channels: 1 } })
      .resize({ width: EXAMPLE_ENLARGED * MOSAIC_SIZE, kernel: 'nearest' })
      .png({ compressionLevel: 9 })
      .toFile(join(values.model, 'example.png'));
    console.log(
      `example.png: mosaic ${i + 1} of seed ${EXAMPLE_SEED}: ${Array.from(mosaic.cells, (label) => ARTICLE_NAMES[label]).join(', ')}`,
    );
    return;
  }
  throw new DataError(`none of ${EXAMPLE_TRIES} mosaics shows ${EXAMPLE.join(', ')} so that the model names them all; train it longer`);
}

function showsExample({ cells }: Mosaics): boolean {
  const shown = new Set(Array.from(cells, (label) => ARTICLE_NAMES[label]));
  return shown.size === MOSAIC_CELLS ** 2 && EXAMPLE.every((name) => shown.has(name));
}

/** Whether exactly the example's classes have a probability above one half. */
async function isNamedRightly(vit: VisionTransformer, mosaic: Mosaics): Promise<boolean> {
  using view = look(vit, mosaicPicture(mosaic, 0));
  const predictions = await view.predictions(ARTICLE_NAMES.length);
  return predictions.every(({ label, probability }) => probability > 0.5 === EXAMPLE.includes(label));
}

await runProgram(main, USAGE);
