/**
 * Trains the bundled model. Run it in the root of the repository as
 *
 *     npm run train:bundled -- --data <folder with the files of Fashion-MNIST>
 *
 * It continues from the last checkpoint, for example after an interruption, and writes the model at the end.
 */
import { cpus } from 'node:os';
import { type Program, readArguments } from '../../scripts/lib/program.mjs';
import { readFashionMnist } from './data/fashion-mnist.ts';
import { meanOf } from './measure/ranking.ts';
import { backendOption, openBackend, runProgram } from './program.ts';
import { loadLastCheckpoint, saveCheckpoint } from './training/checkpoint.ts';
import { exportModel } from './training/export.ts';
import { duration, Progress } from './training/progress.ts';
import { BUNDLED_RECIPE } from './training/recipe.ts';
import { Trainer, type TrainingState } from './training/trainer.ts';

const PROGRAM = {
  command: 'npm run train:bundled --',
  summary: 'Trains the bundled model, going on from its last checkpoint, and writes it.',
  options: {
    data: { type: 'string', value: 'folder', required: true, help: 'the four files of Fashion-MNIST, compressed or not' },
    out: { type: 'string', value: 'folder', default: 'models/bundled', help: 'where the model goes' },
    checkpoints: { type: 'string', value: 'folder', default: 'out/train-bundled', help: 'what a later start goes on from' },
    backend: backendOption,
  },
  examples: ['npm run train:bundled -- --data fashion-mnist'],
} as const satisfies Program;

/** How many steps there are between two lines of output. */
const LINE_EVERY = 20;
/** How many steps there are between two checkpoints. There is none after the last step. */
const CHECKPOINT_EVERY = 100;

async function main(): Promise<void> {
  const { values } = readArguments(PROGRAM);
  const recipe = BUNDLED_RECIPE;
  const articles = await readFashionMnist(values.data, 'train');
  const backend = await openBackend(values.backend);
  const last = await loadLastCheckpoint(values.checkpoints, recipe, backend);
  const trainer = new Trainer(backend, recipe, articles, last?.state);
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads`;
  console.log(`${articles.count} articles; ${backend.name} on ${backend.adapter}; ${machine}`);
  console.log(last === undefined ? `a new training from seed ${recipe.seed}` : `continuing after step ${last.state.step}`);

  const started = performance.now();
  const seconds = (): number => (last?.seconds ?? 0) + (performance.now() - started) / 1000;
  const losses = await takeSteps(trainer, (state) => saveCheckpoint(values.checkpoints, recipe, { state, seconds: seconds() }));
  const { step, weights } = trainer.state;
  if (step < recipe.steps) {
    console.log(`stopped after step ${step}; the same command continues from there`);
  } else {
    const loss = meanOf(losses.slice(-Math.ceil(recipe.steps / 100)));
    const record = { recipe, loss, seconds: Math.round(seconds()), backend: backend.name, adapter: backend.adapter, machine };
    await exportModel(values.out, weights, record);
    console.log(`trained in ${duration(seconds())}; ${values.out} holds the model; npm run evaluate:bundled measures it`);
  }
  trainer.dispose();
  backend.dispose();
}

/**
 * Takes steps until the training is complete or interrupted (SIGINT). Saves a checkpoint every few steps and after an interruption.
 *
 * @returns the loss of each step
 */
async function takeSteps(trainer: Trainer, save: (state: TrainingState) => Promise<void>): Promise<number[]> {
  let interrupted = false;
  process.once('SIGINT', () => {
    interrupted = true;
  });
  const { steps, batch } = trainer.recipe;
  const progress = new Progress(steps, LINE_EVERY, batch);
  const losses: number[] = [];
  while (trainer.state.step < steps) {
    const { loss, learningRate } = await trainer.step();
    const { step } = trainer.state;
    if (!Number.isFinite(loss)) throw new RangeError(`step ${step}: the loss is ${loss}; lower the learning rate in the recipe`);
    losses.push(loss);
    const line = progress.line(step, loss, learningRate);
    if (line !== undefined) console.log(line);
    if (step < steps && (interrupted || step % CHECKPOINT_EVERY === 0)) await save(trainer.state);
    if (interrupted) break;
  }
  return losses;
}

await runProgram(main);
