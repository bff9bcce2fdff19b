/**
 * Writes the pictures of the bundled model: a sheet of the mosaics that the tests measure it on, and the example that the demo explains.
 * Run it in the root of the repository as
 *
 *     npm run sample:bundled -- --data <folder with the files of Fashion-MNIST>
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createReferenceBackend, Random } from '@cdam/tensor';
import { loadVit, type Picture, type VisionTransformer } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { look } from 'cdam';
import sharp from 'sharp';
import { type Program, readArguments } from '../../scripts/lib/program.mjs';
import { ARTICLE_NAMES, type Articles, readFashionMnist } from './data/fashion-mnist.ts';
import { DataError } from './data/idx.ts';
import { drawMosaics, MOSAIC_CELLS, type Mosaics, mosaicPicture } from './data/mosaic.ts';
import { asText } from './json.ts';
import { EVALUATION_SEED, layOut, SHEET_SIDE, sheetLabels } from './measure/sheet.ts';
import { runProgram } from './program.ts';
import { BUNDLED_RECIPE } from './training/recipe.ts';

const PROGRAM = {
  command: 'npm run sample:bundled --',
  summary: 'Writes the pictures beside the bundled model: the sheet of mosaics that it is measured on, and the example of the demo.',
  options: {
    data: { type: 'string', value: 'folder', required: true, help: 'the files of Fashion-MNIST, compressed or not' },
    model: { type: 'string', value: 'folder', default: 'models/bundled', help: 'what names the articles, and where the pictures go' },
  },
  examples: ['npm run sample:bundled -- --data fashion-mnist'],
} as const satisfies Program;

/** The classes of the example, in any order. */
const EXAMPLE = ['Ankle boot', 'Bag', 'Trouser', 'Shirt'];
/** How many times the example is enlarged. */
const EXAMPLE_ENLARGED = 4;
/** Seed of the mosaics from which the example is chosen. The model is not measured on them. */
const EXAMPLE_SEED = 30_000;
/** How many mosaics there are to choose from. */
const EXAMPLE_TRIES = 50_000;

async function main(): Promise<void> {
  const { values } = readArguments(PROGRAM);
  const articles = await readFashionMnist(values.data, 'test');
  const backend = createReferenceBackend();
  const vit = await loadVit(await readModelFolder(values.model), { backend });

  const sample = drawMosaics(articles, SHEET_SIDE ** 2, new Random(EVALUATION_SEED), BUNDLED_RECIPE.empty);
  const { data, ...size } = layOut(sample);
  await sharp(data, { raw: { ...size, channels: 1 } })
    .png({ compressionLevel: 9 })
    .toFile(join(values.model, 'sample.png'));
  await writeFile(join(values.model, 'sample.json'), asText(sheetLabels(sample)));

  const { mosaic, margin } = await clearestExample(vit, articles);
  const { width, height, data: pixels } = examplePicture(mosaic);
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .greyscale()
    .png({ compressionLevel: 9 })
    .toFile(join(values.model, 'example.png'));
  const shown = Array.from(mosaic.cells, (label) => ARTICLE_NAMES[label]).join(', ');
  console.log(`example.png shows ${shown}; each at least ${margin.toFixed(2)} more probable than any other class`);
}

/** Of many mosaics with the classes of the example, the one about which the model is most certain. */
async function clearestExample(vit: VisionTransformer, articles: Articles): Promise<{ mosaic: Mosaics; margin: number }> {
  const random = new Random(EXAMPLE_SEED);
  let best: { mosaic: Mosaics; margin: number } | undefined;
  for (let i = 0; i < EXAMPLE_TRIES; i++) {
    const mosaic = drawMosaics(articles, 1, random, 0);
    if (!showsExample(mosaic)) continue;
    const margin = await marginOf(vit, examplePicture(mosaic));
    if (best === undefined || margin > best.margin) best = { mosaic, margin };
  }
  if (best === undefined)
    throw new DataError(`none of ${EXAMPLE_TRIES} mosaics shows ${EXAMPLE.join(', ')}; the labels are not those of Fashion-MNIST`);
  return best;
}

function showsExample({ cells }: Mosaics): boolean {
  const shown = new Set(Array.from(cells, (label) => ARTICLE_NAMES[label]));
  return shown.size === MOSAIC_CELLS ** 2 && EXAMPLE.every((name) => shown.has(name));
}

/** The lowest probability of the classes of the example minus the highest probability of the other classes. */
async function marginOf(vit: VisionTransformer, picture: Picture): Promise<number> {
  using view = look(vit, picture);
  const predictions = await view.predictions(ARTICLE_NAMES.length);
  const probabilities = (shown: boolean): number[] =>
    predictions.filter(({ label }) => EXAMPLE.includes(label) === shown).map(({ probability }) => probability);
  return Math.min(...probabilities(true)) - Math.max(...probabilities(false));
}

/** The first mosaic as an enlarged picture. */
function examplePicture(mosaics: Mosaics): Picture {
  return enlarge(mosaicPicture(mosaics, 0), EXAMPLE_ENLARGED);
}

/** Enlarges a picture: each pixel becomes a square of `times` × `times` pixels. */
function enlarge({ width, height, channels, data }: Picture, times: number): Picture {
  const larger = new Uint8Array(data.length * times * times);
  for (let i = 0; i < larger.length; i++) {
    const [channel, pixel] = [i % channels, Math.floor(i / channels)];
    const [row, column] = [Math.floor(pixel / (width * times)), pixel % (width * times)];
    larger[i] = data[(Math.floor(row / times) * width + Math.floor(column / times)) * channels + channel] ?? 0;
  }
  return { width: width * times, height: height * times, channels, data: larger };
}

await runProgram(main);
