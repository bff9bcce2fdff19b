/**
 * The options of `explain`, from what was typed to what is meant.
 */
import { type InputSize, type Preprocessing, parseSize, type VitConfig, type WeightPrecision } from '@cdam/vit';
import { findMethod, findTarget, METHODS, type MethodName, type Similarity } from 'cdam';
import { Option } from 'commander';
import { type BackendChoice, backendChoices } from './backends.ts';
import { CliError } from './errors.ts';
import { type MethodOptionValues, methodFlags, methodOptionsOf } from './method-options.ts';

/** As commander hands them over, with the options of methods beside these. */
export interface ExplainOptions {
  /** Folder or file; the bundled model by default. */
  readonly model?: string;
  /** top1 by default. */
  readonly target?: readonly string[];
  /** cdam by default. */
  readonly method?: readonly MethodName[];
  /** Concept files. */
  readonly concept?: readonly string[];
  readonly similarity?: Similarity;
  readonly size?: InputSize;
  readonly fit?: Preprocessing['fit'];
  readonly backend: BackendChoice;
  readonly weights: WeightPrecision;
  readonly out?: string;
  /** A file, or `-` for stdout. */
  readonly json?: string;
  readonly saveBasis?: boolean;
  /** True unless `--no-photo`. */
  readonly photo: boolean;
  readonly sheet?: boolean;
  readonly profile?: boolean;
  readonly quiet?: boolean;
}

/** What is asked about every picture. */
export interface Question {
  /** As typed: `top1`, `all`, an index, a label. */
  readonly targets: readonly string[];
  /** Concept files. */
  readonly concepts: readonly string[];
  readonly similarity: Similarity;
  readonly methods: readonly MethodName[];
  readonly options: MethodOptionValues;
  /** The explanation basis is wanted too. */
  readonly basis: boolean;
}

/**
 * What the options ask about every picture.
 * @throws CliError `usage` for an option that none of the methods has; ExplanationError `method` for a value that one of them does not take
 */
export function questionOf(options: ExplainOptions): Question {
  const { method = ['cdam'], concept = [], similarity = 'dot', saveBasis = false } = options;
  // A concept alone is explained alone: the best class is the default only where nothing was asked for.
  const targets = options.target ?? (concept.length > 0 ? [] : ['top1']);
  return { targets, concepts: concept, similarity, methods: method, options: methodOptionsOf(options, method), basis: saveBasis };
}

/** The options of `explain`, for commander. */
export function explainOptions(): Option[] {
  return [
    new Option('--model <folder|file>', 'a model folder, or a .safetensors file (default: the bundled model)'),
    new Option(
      '--target <target>',
      'top1, top5 (any number), all, a class index or a label; "not" before it is the other side of a class that is independent of the others; may be given several times (default: top1)',
    ).argParser(collect),
    new Option('--method <method>', 'see the list below; may be given several times (default: cdam)').argParser(collectMethods),
    new Option('--concept <file>', 'explain a concept file, made with `cdam concept make`; may be given several times').argParser(collect),
    new Option('--similarity <similarity>', 'how near a picture is to a concept (default: dot)').choices(['dot', 'cosine']),
    ...inputOptions(),
    new Option('--backend <backend>', 'where to compute; auto takes a GPU if there is one, else wasm')
      .choices(backendChoices)
      .default('auto'),
    weightsOption(),
    new Option('--out <folder>', 'where PNGs are written (default: out; with --json and no --out, none are written)'),
    new Option('--json <file|->', 'write predictions and raw scores as JSON; - is stdout, which then has nothing else'),
    new Option('--save-basis', 'write a basis file beside the PNGs, from which any target is explained without the model'),
    new Option('--sheet', 'one more PNG with all maps: a row for each target, a column for each method'),
    new Option('--no-photo', 'leave the picture out of the PNGs, where it must not be passed on'),
    new Option('--profile', 'explain the first picture twice, and print where the time went'),
    new Option('--quiet', 'print nothing but errors'),
    ...methodFlags(),
  ];
}

/** How weights are kept. */
export function weightsOption(): Option {
  const text = 'how weights are kept; f16 is for --backend webgpu on a GPU with shader-f16, and rounds what the file has in f32';
  return new Option('--weights <precision>', text).choices(['f32', 'f16']).default('f32');
}

/** How pictures are brought to the model's input. */
export function inputOptions(): Option[] {
  return [
    new Option('--size <n|WxH>', 'the size that pictures are brought to, in pixels (default: as the model was trained)').argParser(
      parseSize,
    ),
    new Option('--fit <fit>', 'cut pictures to the shape of the input, or squash them (default: as the model was trained)').choices([
      'crop',
      'squash',
    ]),
  ];
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function collectMethods(value: string, previous: readonly MethodName[] = []): MethodName[] {
  const { name } = findMethod(value);
  return previous.includes(name) ? [...previous] : [...previous, name];
}

/** The options that only some methods know; each says which. */
/** The methods as a table for `explain --help`. */
export function methodTable(): string {
  const width = Math.max(...METHODS.map(({ name }) => name.length));
  const lines = METHODS.map(({ name, summary, cost }) => `  ${name.padEnd(width)}  ${summary}; cost: ${cost}`);
  return ['', 'Methods, with what one more target costs, in forward passes:', ...lines].join('\n');
}

/**
 * Looks at targets before any picture is: a class that does not exist is the same mistake for all of them.
 * @throws InputError `class` with the nearest labels; CliError `usage` for a model without classes
 */
export function checkTargets({ targets, methods }: Question, config: VitConfig): void {
  if (targets.length === 0 || !methods.some((method) => findMethod(method).classSpecific)) return;
  if (config.classes === 0) {
    throw new CliError(
      'usage',
      `${config.name} has no head, so it has no classes to explain; use --method attention or --concept, or a checkpoint with a head`,
    );
  }
  for (const name of targets) if (!/^(all|top[1-9]\d*)$/.test(name)) findTarget(config, name);
}
