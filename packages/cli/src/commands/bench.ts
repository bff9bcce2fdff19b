/**
 * `cdam bench`: methods measured by metrics, over pictures, as a table with intervals. `cdam bench merge` puts parts together.
 */
import { readCheckpoint } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { findMetric } from 'cdam';
import { Command } from 'commander';
import { type BenchOptions, benchOptions, metricTable } from '../bench/choices.ts';
import { listImages } from '../bench/images.ts';
import { mergeBench } from '../bench/merge.ts';
import { runBench } from '../bench/run.ts';
import { shardOfEnvironment } from '../bench/shard.ts';
import { Console } from '../console.ts';
import { CliError } from '../errors.ts';
import { bundledModel } from '../package.ts';

/** @param exit is told the exit code */
export function benchCommand(exit: (code: number) => void): Command {
  const merge = new Command('merge')
    .description('put the parts of a benchmark together that --shard has measured')
    .argument('<folder...>', 'such as report/shard-*')
    .requiredOption('--out <folder>', 'for the report of all')
    .action(async (folders: readonly string[], { out }: { out: string }) => {
      await mergeBench(folders, out, new Console({ quiet: false }));
    });
  const command = new Command('bench')
    .description('measure how correct, compact and class-sensitive the maps of methods are')
    .argument('<image...>', 'JPEG, PNG or WebP files, or a .csv with the columns file and label')
    .enablePositionalOptions()
    .addCommand(merge);
  for (const option of benchOptions()) command.addOption(option);
  command.addHelpText('after', metricTable());
  return command.action(async (inputs: readonly string[], options: BenchOptions) => exit(await bench(inputs, options)));
}

async function bench(inputs: readonly string[], options: BenchOptions): Promise<number> {
  const checkpoint = readCheckpoint(await readModelFolder(options.model ?? bundledModel()));
  const { config } = checkpoint;
  if (config.classes === 0) throw new CliError('usage', `${config.name} has no head, so it has no classes to measure maps of`);
  const images = await listImages(inputs, config, options.limit);
  const unlabelled = images.find(({ label }) => label === undefined);
  if (options.target === 'label' && unlabelled !== undefined) {
    throw new CliError('usage', `--target label: ${unlabelled.file} has no label; give a .csv with the columns file and label`);
  }
  const masked = options.metrics.find(({ name }) => findMetric(name).needs === 'a mask');
  if (masked !== undefined && options.masks === undefined)
    throw new CliError('usage', `${masked.name} needs masks; give a folder with --masks`);
  const shard = options.shard ?? shardOfEnvironment(process.env);
  return await runBench({ checkpoint, images, shard, options }, new Console({ quiet: options.quiet === true }));
}
