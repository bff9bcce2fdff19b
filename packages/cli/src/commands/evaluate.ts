/**
 * `cdam evaluate`: measures methods by metrics over many pictures, and writes a table with intervals. `cdam evaluate merge` merges such
 * tables.
 */
import { checkBaseline, type EvaluatedImage, type EvaluationImage, shardOfEnvironment } from '@cdam/evaluation';
import { evaluate, mergeParts, shardFolder } from '@cdam/evaluation/node';
import { type Checkpoint, fromCheckpoint, readCheckpoint } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { Command } from 'commander';
import { openBackend } from '../backends.ts';
import { Console } from '../console.ts';
import { CliError } from '../errors.ts';
import { type EvaluateOptions, evaluateOptions, type MergeChoices, mergeOptions, metricTable } from '../evaluate/choices.ts';
import { drawExample } from '../evaluate/draw-example.ts';
import { listImages } from '../evaluate/images.ts';
import { makeFolder } from '../image-files.ts';
import { bundledModel, TOY } from '../package.ts';

/** The command `cdam evaluate`. @param exit is called with the exit code */
export function evaluateCommand(exit: (code: number) => void): Command {
  const merge = new Command('merge')
    .description('merge evaluations of the same pictures: parts that --shard made, other methods, other metrics')
    .argument('<folder...>', 'their folders, such as report/shard-*')
    .action(mergeFolders);
  for (const option of mergeOptions()) merge.addOption(option);
  const command = new Command('evaluate')
    .description('measure how correct, compact and class-sensitive the maps of methods are')
    .argument('<image...>', 'JPEG, PNG or WebP files, or a .csv with the columns file and label')
    .enablePositionalOptions()
    .addCommand(merge);
  for (const option of evaluateOptions()) command.addOption(option);
  command.addHelpText('after', metricTable());
  return command.action(async (inputs: readonly string[], options: EvaluateOptions) => exit(await evaluateInputs(inputs, options)));
}

async function mergeFolders(folders: readonly string[], { out, methods, metrics, baseline }: MergeChoices): Promise<void> {
  const names = metrics?.map(({ name }) => name);
  const { measured, wanted, files } = await mergeParts(folders, out, { methods, metrics: names, baseline });
  const console = new Console({ quiet: false });
  console.line(`${measured} of ${wanted} pictures from ${folders.length} folders`);
  for (const file of files) console.line(`wrote ${file}`);
}

/** A hidden command with the former name of `cdam evaluate`, whose error gives the present name. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('is called cdam evaluate now')
    .argument('[anything...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(() => {
      throw new CliError('usage', 'cdam bench is called cdam evaluate now; give the same images and options to it');
    });
}

async function evaluateInputs(inputs: readonly string[], options: EvaluateOptions): Promise<number> {
  const checkpoint = readCheckpoint(await readModelFolder(options.model ?? bundledModel()));
  const { config } = checkpoint;
  if (config.classes === 0) throw new CliError('usage', `${config.name} has no head, so there are no classes to explain`);
  const images = await listImages(inputs, config, options);
  const unlabelled = images.find(({ label }) => label === undefined);
  if (options.target === 'label' && unlabelled !== undefined) {
    throw new CliError('usage', `--target label: ${unlabelled.file} has no label; give a .csv with the columns file and label`);
  }
  const masked = options.metrics.find(({ needs }) => needs === 'a mask');
  if (masked !== undefined && options.masks === undefined)
    throw new CliError('usage', `${masked.name} needs masks; give a folder with --masks`);
  if (options.baseline !== undefined) checkBaseline(options.baseline, { methods: options.methods.map(({ label }) => label) });
  return await evaluateImages(checkpoint, images, options);
}

/** @returns the exit code: 0, or 1 when some pictures could not be measured, or 2 when none could */
async function evaluateImages(checkpoint: Checkpoint, images: readonly EvaluationImage[], options: EvaluateOptions): Promise<number> {
  const console = new Console({ quiet: options.quiet === true });
  const shard = options.shard ?? shardOfEnvironment(process.env);
  const folder = shardFolder(options.out, shard);
  await makeFolder(folder);
  const { backend, why } = await openBackend(options.backend, { weights: options.weights });
  try {
    const vit = fromCheckpoint(checkpoint, { backend, size: options.size, fit: options.fit, weights: options.weights });
    console.line(`model    ${checkpoint.config.name}\nbackend  ${backend.name}: ${backend.adapter}${why === undefined ? '' : ` (${why})`}`);
    if (options.model === undefined) console.line(TOY);
    const draw = async (evaluated: EvaluatedImage): Promise<void> => {
      if (evaluated.record.index < options.examples) await drawExample(folder, evaluated);
    };
    const { measured, wanted, files } = await evaluate(
      { vit, plan: options, images, shard, folder, baseline: options.baseline, draw },
      console,
    );
    for (const file of files) console.line(`wrote ${file}`);
    if (measured === wanted) return 0;
    return measured > 0 ? 1 : 2;
  } finally {
    backend.dispose();
  }
}
