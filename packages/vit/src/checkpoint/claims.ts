/**
 * What a config.json says, in one form for timm's and Hugging Face's files. Statements about sizes are compared with the weights; the
 * rest is what the weights do not show.
 */
import type { Activation } from '@cdam/tensor';
import type { Preprocessing } from '../config.ts';
import { CheckpointError } from '../errors.ts';
import { type Fields, shown } from '../json.ts';
import type { WeightFacts } from './facts.ts';

/** The field `key` of the object `where` says that `fact` is `value`. */
export interface Statement {
  readonly where: string;
  readonly key: string;
  readonly value: number | boolean;
  readonly fact: keyof WeightFacts;
}

/** Everything that a config.json says. */
export interface Claims {
  readonly architecture: string | undefined;
  readonly statements: readonly Statement[];
  readonly heads: number | undefined;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly pool: 'token' | 'avg' | undefined;
  /** The input size [height, width] that the position embeddings are made for, and the field that says so. */
  readonly positionsFor: { readonly key: string; readonly size: readonly [number, number] } | undefined;
  /** The input size [height, width], and the field that says so. */
  readonly input: { readonly key: string; readonly size: readonly [number, number] } | undefined;
  /** Only patches have position embeddings, no prefix tokens. */
  readonly patchPositionsOnly: boolean;
  readonly labels: readonly string[] | undefined;
  readonly labelNames: readonly string[] | undefined;
  readonly multiLabel: boolean;
  readonly regression: boolean;
  /** The box to resize to, where it is given and does not follow from cropFraction. */
  readonly resizeTo: readonly [number, number] | undefined;
  /** Everything but the box to resize to. */
  readonly preprocessing: Omit<Preprocessing, 'resizeHeight' | 'resizeWidth'>;
  readonly assumptions: readonly string[];
}

export const IMAGENET_MEAN: readonly number[] = [0.485, 0.456, 0.406];
export const IMAGENET_STD: readonly number[] = [0.229, 0.224, 0.225];

/** The statement of a field that holds a whole number; none where there is no such field. */
export function stated(fields: Fields | undefined, key: string, fact: keyof WeightFacts): Statement[] {
  const value = fields?.integer(key);
  return fields === undefined || value === undefined ? [] : [{ where: fields.where, key, value, fact }];
}

/** The statements of a field such as `patch_size`, which holds one number or [height, width]. */
export function statedPatch(fields: Fields | undefined, key: string): Statement[] {
  const size = fields?.size(key);
  if (fields === undefined || size === undefined) return [];
  return [
    { where: fields.where, key, value: size[0], fact: 'patchHeight' },
    { where: fields.where, key, value: size[1], fact: 'patchWidth' },
  ];
}

const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map([
  ['gelu', 'gelu'],
  ['gelu_erf', 'gelu'],
  ['gelu_new', 'geluTanh'],
  ['gelu_tanh', 'geluTanh'],
  ['gelu_fast', 'geluTanh'],
  ['gelu_pytorch_tanh', 'geluTanh'],
  ['quick_gelu', 'quickGelu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['relu', 'relu'],
  ['sigmoid', 'sigmoid'],
]);

/** The activation that a field names, by timm's or Hugging Face's name. @throws CheckpointError `config` for one that is not supported */
export function activationNamed(fields: Fields | undefined, key: string): Activation | undefined {
  const name = fields?.string(key);
  if (fields === undefined || name === undefined) return undefined;
  const activation = ACTIVATIONS.get(name);
  if (activation === undefined) throw fields.wrong(key, `one of ${[...ACTIVATIONS.keys()].join(', ')}`, name);
  return activation;
}

/** A number for each channel, from as many numbers or from one for all. @throws CheckpointError `config` for another count */
export function perChannel(values: readonly number[], channels: number, where: string): readonly number[] {
  const all = values.length === 1 ? Array.from({ length: channels }, () => values[0] ?? 0) : values;
  if (all.length === channels) return all;
  throw new CheckpointError(
    'config',
    `${where}: ${shown(values)} has ${values.length} numbers, and the patch embedding in the weights reads ${channels} channels`,
  );
}

/** The crop fraction f for which boxFor gives the box: floor(input / f) = box. */
export function fractionOf(input: number, box: number): number {
  const fraction = input / box;
  return Math.floor(input / fraction) === box ? fraction : input / (box + 0.5);
}
