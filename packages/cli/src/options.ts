/**
 * The options of `explain`, from what was typed to what is meant.
 */
import { findClass, type InputSize, type Preprocessing, parseSize, type VitConfig } from '@cdam/vit';
import type { From } from 'cdam';
import { Option } from 'commander';
import { type BackendChoice, backendChoices } from './backends.ts';
import { CliError } from './errors.ts';

const METHODS = ['cdam', 'attention'] as const;

export type Method = (typeof METHODS)[number];

/** As commander hands them over. */
export interface ExplainOptions {
  /** Folder or file; the bundled model by default. */
  readonly model?: string;
  /** top1 by default. */
  readonly target?: readonly string[];
  /** cdam by default. */
  readonly method?: readonly Method[];
  readonly from: From;
  readonly size?: InputSize;
  readonly fit?: Preprocessing['fit'];
  readonly backend: BackendChoice;
  readonly out?: string;
  /** A file, or `-` for stdout. */
  readonly json?: string;
  readonly saveBasis?: boolean;
  readonly quiet?: boolean;
}

/** What is asked about every picture. */
export interface Question {
  /** As typed: `top1`, `all`, an index, a label. */
  readonly targets: readonly string[];
  readonly methods: readonly Method[];
  readonly from: From;
  /** The explanation basis is wanted too. */
  readonly basis: boolean;
}

/** What the options ask about every picture. */
export function questionOf({ target = ['top1'], method = ['cdam'], from, saveBasis = false }: ExplainOptions): Question {
  return { targets: target, methods: method, from, basis: saveBasis };
}

/** The options of `explain`, for commander. */
export function explainOptions(): Option[] {
  return [
    new Option('--model <folder|file>', 'a model folder, or a .safetensors file (default: the bundled model)'),
    new Option(
      '--target <target>',
      'top1, top5 (any number), all, a class index or a label; may be given several times (default: top1)',
    ).argParser(collect),
    new Option('--method <method>', `${METHODS.join(' or ')}; may be given several times (default: cdam)`).argParser(collectMethods),
    new Option('--from <score>', 'explain the logit or the probability').choices(['logit', 'probability']).default('logit'),
    new Option('--size <n|WxH>', 'the size that pictures are brought to, in pixels (default: as the model was trained)').argParser(
      parseSize,
    ),
    new Option('--fit <fit>', 'cut pictures to the shape of the input, or squash them (default: as the model was trained)').choices([
      'crop',
      'squash',
    ]),
    new Option('--backend <backend>', 'where to compute; auto takes a GPU if there is one').choices(backendChoices).default('auto'),
    new Option('--out <folder>', 'where PNGs are written (default: out; with --json and no --out, none are written)'),
    new Option('--json <file|->', 'write predictions and raw scores as JSON; - is stdout, which then has nothing else'),
    new Option('--save-basis', 'write a basis file beside the PNGs, from which any target is explained without the model'),
    new Option('--quiet', 'print nothing but errors'),
  ];
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function collectMethods(value: string, previous: readonly string[] = []): string[] {
  if (!METHODS.some((method) => method === value)) {
    throw new CliError('usage', `--method: there is no method ${JSON.stringify(value)}; give ${METHODS.join(' or ')}`);
  }
  return previous.includes(value) ? [...previous] : [...previous, value];
}

/**
 * Looks at targets before any picture is: a class that does not exist is the same mistake for all of them.
 * @throws InputError `class` with the nearest labels; CliError `usage` for a model without classes
 */
export function checkTargets({ targets, methods }: Question, config: VitConfig): void {
  if (!methods.includes('cdam')) return;
  if (config.classes === 0) {
    throw new CliError(
      'usage',
      `${config.name} has no head, so it has no classes to explain; use --method attention, or a checkpoint with a head`,
    );
  }
  for (const name of targets) if (!/^(all|top[1-9]\d*)$/.test(name)) findClass(config, name);
}
