/**
 * The options of `cdam explain`, and those that other commands share.
 */
import { type InputSize, type Preprocessing, parseSize, type VitConfig, type WeightPrecision } from '@cdam/vit';
import { type BasisMethod, findMethod, findTarget, METHODS, type MethodName, RECOMMENDED_METHOD, SHARPEN, type Similarity } from 'cdam';
import { Option } from 'commander';
import { type BackendChoice, backendChoices } from './backends.ts';
import { CliError } from './errors.ts';

import { type MethodOptionValues, methodFlags, methodOptionsOf, parseMethodOption } from './method-options.ts';
import { methodCalled } from './names.ts';

/** The options as commander gives them; those of methods are in the same object. */
export interface ExplainOptions {
  /** A model folder or file; by default the bundled model. */
  readonly model?: string;
  /** By default `top1`. */
  readonly target?: readonly string[];
  readonly against?: string;
  /** By default `RECOMMENDED_METHOD`. */
  readonly method?: readonly MethodName[];
  /** The paths of concept files. */
  readonly concept?: readonly string[];
  readonly similarity?: Similarity;
  readonly size?: InputSize;
  readonly fit?: Preprocessing['fit'];
  readonly backend: BackendChoice;
  readonly weights: WeightPrecision;
  readonly out?: string;
  /** The path of a file, or `-` for stdout. */
  readonly json?: string;
  readonly saveBasis?: boolean;
  readonly basisRank?: number;
  /** True unless `--no-photo`. */
  readonly photo: boolean;
  readonly sheet?: boolean;
  /** By default 1, which changes nothing. */
  readonly sharpen?: number;
  readonly profile?: boolean;
  readonly times?: boolean;
  readonly quiet?: boolean;
}

/** What to explain in every picture. */
export interface Question {
  /** The targets as they were typed: `top1`, `all`, an index, a label. */
  readonly targets: readonly string[];
  /** The paths of concept files. */
  readonly concepts: readonly string[];
  readonly similarity: Similarity;
  readonly methods: readonly MethodName[];
  /** The options of the methods. */
  readonly options: MethodOptionValues;
  /** A class that each of the targets is held against. */
  readonly against: string | undefined;
  /** The method whose explanation basis is wanted too. */
  readonly basis: BasisMethod | undefined;
  /** The rank to write it with; undefined for the whole. */
  readonly basisRank: number | undefined;
}

function hasBasis(method: MethodName): method is BasisMethod {
  return method === 'cdam' || method === 'ledger';
}

/**
 * What to explain in every picture, from the options.
 * @throws CliError `usage` for an option that none of the methods has; ExplanationError `method` for a value that a method does not take
 */
export function questionOf(options: ExplainOptions): Question {
  const { method = [RECOMMENDED_METHOD], concept = [], similarity = 'dot', saveBasis = false, basisRank, against } = options;
  if (basisRank !== undefined && !saveBasis) throw new CliError('usage', '--basis-rank is for a file of a basis; add --save-basis');
  // The predicted class is explained by default, unless there is a concept to explain.
  const targets = options.target ?? (concept.length > 0 ? [] : ['top1']);
  const basis = saveBasis ? (method.find(hasBasis) ?? 'ledger') : undefined;
  return { targets, against, concepts: concept, similarity, methods: method, options: methodOptionsOf(options, method), basis, basisRank };
}

/** The options of `cdam explain`, for commander. */
export function explainOptions(): Option[] {
  return [
    new Option('--model <folder|file>', 'a model folder, or a .safetensors file (default: the bundled model)'),
    new Option(
      '--target <target>',
      'top1, top5 (any number), all, a class index or a label; "not" before it is the other side of a class that is independent of the others; may be given several times (default: top1)',
    ).argParser(collect),
    new Option('--against <class>', 'explain what speaks for each target rather than for this class'),
    new Option('--method <method>', `see the list below; may be given several times (default: ${RECOMMENDED_METHOD})`).argParser(
      collectMethods,
    ),
    new Option('--concept <file>', 'explain a concept file, made with `cdam concept make`; may be given several times').argParser(collect),
    new Option('--similarity <similarity>', 'how the similarity of a picture and a concept is computed (default: dot)').choices([
      'dot',
      'cosine',
    ]),
    ...inputOptions(),
    new Option('--backend <backend>', 'where to compute; auto takes a GPU if there is one, else wasm')
      .choices(backendChoices)
      .default('auto'),
    weightsOption(),
    new Option('-o, --out <folder>', 'where PNGs are written (default: out; with --json and no --out, none are written)'),
    new Option('--json <file|->', 'write predictions and raw scores as JSON; - stands for stdout, where nothing else is then written'),
    new Option(
      '--save-basis',
      'write a basis file beside the PNGs, from which any target is explained without the model (of the first method that has one, else of ledger)',
    ),
    new Option(
      '--basis-rank <n>',
      'write the nearest basis of this rank, in (width + patches)·n numbers rather than width·patches; says what that costs (default: the whole basis)',
    ).argParser(parseRank),
    new Option('--sheet', 'one more PNG with all maps: a row for each target, a column for each method'),
    new Option('--sharpen <x>', `${SHARPEN.summary}; PNGs only, JSON keeps raw scores`).argParser((text) =>
      Number(parseMethodOption(SHARPEN, text, '--sharpen')),
    ),
    new Option('--no-photo', 'leave the picture out of the PNGs, for example when it must not be shared'),
    new Option('--profile', 'explain the first picture twice, and print the times of all stages and kernels'),
    new Option('--times', 'explain the first picture by each method alone, several times, and print what each costs beside a forward pass'),
    new Option('--quiet', 'print nothing but errors'),
    ...methodFlags(),
  ];
}

/** The option `--weights`. */
export function weightsOption(): Option {
  const text =
    'precision of the weights; f16 needs --backend webgpu and a GPU with shader-f16, and rounds weights that the file has in f32';
  return new Option('--weights <precision>', text).choices(['f32', 'f16']).default('f32');
}

/** The options `--size` and `--fit`. */
export function inputOptions(): Option[] {
  return [
    new Option('--size <n|WxH>', 'input size in pixels (default: as the model was trained)').argParser(parseSize),
    new Option('--fit <fit>', 'crop pictures to the shape of the input, or squash them (default: as the model was trained)').choices([
      'crop',
      'squash',
    ]),
  ];
}

function parseRank(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new CliError('usage', `--basis-rank is a whole number from 1, not ${JSON.stringify(text)}`);
  return Number(text);
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function collectMethods(value: string, previous: readonly MethodName[] = []): MethodName[] {
  const { name } = methodCalled(value);
  return previous.includes(name) ? [...previous] : [...previous, name];
}

/** The methods as a table for `cdam explain --help`. */
export function methodTable(): string {
  const width = Math.max(...METHODS.map(({ name }) => name.length));
  const lines = METHODS.map(({ name, summary, cost }) => `  ${name.padEnd(width)}  ${summary}; cost: ${cost}`);
  return ['', 'Methods, with what one more target costs, in forward passes:', ...lines].join('\n');
}

/**
 * Checks the question before the first picture is read, since a class that does not exist is an error for all pictures.
 * @throws InputError `class` for a class that does not exist; CliError `usage` for a model without classes, or a basis of a higher rank than it
 *   has dimensions
 */
export function checkQuestion({ targets, against, methods, basisRank = 1 }: Question, config: VitConfig): void {
  if (basisRank > config.width) {
    throw new CliError(
      'usage',
      `--basis-rank ${basisRank}: the latent of ${config.name} has ${config.width} dimensions; give at most as many`,
    );
  }
  if (targets.length === 0 || !methods.some((method) => findMethod(method).classSpecific)) return;
  if (config.classes === 0) {
    throw new CliError(
      'usage',
      `${config.name} has no head, so it has no classes to explain; use --method attention or --concept, or a checkpoint with a head`,
    );
  }
  for (const name of targets) if (!/^(all|top[1-9]\d*)$/.test(name)) findTarget(config, name);
  if (against !== undefined) findTarget(config, against);
}
