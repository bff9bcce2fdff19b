/**
 * `cdam concept make`: makes a concept from a few pictures, which `cdam explain --concept` explains.
 */
import { basename } from 'node:path';
import { fromCheckpoint, readCheckpoint, type WeightPrecision } from '@cdam/vit';
import { readModelFolder } from '@cdam/vit/node';
import { look, makeConcept, saveConcept } from 'cdam';
import { Command, Option } from 'commander';
import { type BackendChoice, backendChoices, openBackend } from '../backends.ts';
import { CliError } from '../errors.ts';
import { readPicture, writeOutput } from '../image-files.ts';
import { weightsOption } from '../options.ts';
import { bundledModel } from '../package.ts';

interface MakeOptions {
  readonly not?: readonly string[];
  readonly output: string;
  readonly name?: string;
  readonly model?: string;
  readonly backend: BackendChoice;
  readonly weights: WeightPrecision;
}

/** The command `cdam concept`. */
export function conceptCommand(): Command {
  const make = new Command('make')
    .description('make a concept from pictures that show it')
    .argument('<image...>', 'pictures that show the concept')
    .requiredOption('-o, --output <file>', 'where to write it, such as violin.concept.safetensors')
    .option('--not <image...>', 'pictures that do not show it; their mean latent is subtracted')
    .option('--name <name>', 'the name of the concept (default: the name of the file)')
    .option('--model <folder|file>', 'the model that it is for (default: the bundled model)')
    .addOption(new Option('--backend <backend>', 'where to compute').choices(backendChoices).default('auto'))
    .addOption(weightsOption())
    .action(async (images: readonly string[], options: MakeOptions) => await makeConceptFile(images, options));
  return new Command('concept').description('make concepts: targets that a few pictures define').addCommand(make);
}

async function makeConceptFile(images: readonly string[], options: MakeOptions): Promise<void> {
  const checkpoint = readCheckpoint(await readModelFolder(options.model ?? bundledModel()));
  const [shown, others] = [await Promise.all(images.map(readPicture)), await Promise.all((options.not ?? []).map(readPicture))];
  const { backend } = await openBackend(options.backend, { weights: options.weights });
  try {
    const vit = fromCheckpoint(checkpoint, { backend, weights: options.weights });
    const name = options.name ?? basename(options.output).replace(/(\.concept)?\.safetensors$/, '');
    if (name === '') throw new CliError('usage', '--name: a concept needs a name');
    const concept = await makeConcept(name, look(vit, shown), look(vit, others));
    await writeOutput(options.output, saveConcept(concept));
    process.stdout.write(
      `wrote ${options.output}: "${name}" of ${shown.length} and against ${others.length} pictures, for ${checkpoint.config.name}\n`,
    );
  } finally {
    backend.dispose();
  }
}
