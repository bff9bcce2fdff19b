/**
 * Measures the bundled model on mosaics of test articles. Run it in the root of the repository as
 *
 *     npm run evaluate:bundled -- --data <folder with the files of Fashion-MNIST>
 *
 * It prints the figures and writes them beside the model, as evaluation.json and in the model card.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Random } from '@cdam/tensor';
import { loadVit } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { type Program, readArguments, refuse } from '../../scripts/lib/program.mjs';
import { readFashionMnist } from './data/fashion-mnist.ts';
import { drawMosaics } from './data/mosaic.ts';
import { asText } from './json.ts';
import { type EvaluationRecord, figuresTable, localisationTable, modelCard } from './measure/card.ts';
import { evaluate } from './measure/evaluation.ts';
import { EVALUATION_SEED } from './measure/sheet.ts';
import { backendOption, openBackend, runProgram } from './program.ts';
import { readTrainingRecord } from './training/export.ts';

const PROGRAM = {
  command: 'npm run evaluate:bundled --',
  summary: 'Measures the bundled model on mosaics of test articles and writes its figures and its README.',
  options: {
    data: { type: 'string', value: 'folder', required: true, help: 'the files of Fashion-MNIST, compressed or not' },
    model: { type: 'string', value: 'folder', default: 'models/bundled', help: 'what is measured, and where the figures go' },
    mosaics: { type: 'string', value: 'n', default: '2000', help: 'how many mosaics' },
    backend: backendOption,
  },
  examples: ['npm run evaluate:bundled -- --data fashion-mnist'],
} as const satisfies Program;

/** How many mosaics there are between two lines of output. */
const LINE_EVERY = 200;

async function main(): Promise<void> {
  const { values } = readArguments(PROGRAM);
  const count = Number(values.mosaics);
  if (!Number.isInteger(count) || count < 1) refuse(PROGRAM, `--mosaics ${values.mosaics}: must be a positive whole number`);
  const articles = await readFashionMnist(values.data, 'test');
  const files = await readModelFolder(values.model);
  const training = await readTrainingRecord(values.model);
  const { empty } = training.recipe;
  const backend = await openBackend(values.backend);
  const vit = await loadVit(files, { backend });
  const mosaics = drawMosaics(articles, count, new Random(EVALUATION_SEED), empty);
  const figures = await evaluate(vit, mosaics, (done) => {
    if (done % LINE_EVERY === 0) console.log(`${done}/${count} mosaics`);
  });
  const record: EvaluationRecord = {
    ...figures,
    weights: createHash('sha256').update(files.weights).digest('hex'),
    parameters: vit.parameters,
    seed: EVALUATION_SEED,
    empty,
    backend: backend.name,
    adapter: backend.adapter,
  };
  await writeFile(join(values.model, 'evaluation.json'), asText(record));
  await writeFile(join(values.model, 'README.md'), modelCard(training, record));
  console.log(`\n${figuresTable(figures)}\n\n${localisationTable(figures)}\n`);
  console.log(`mean average precision ${figures.meanAveragePrecision.toFixed(3)} on ${count} mosaics of test articles`);
  vit.dispose();
  backend.dispose();
}

await runProgram(main);
