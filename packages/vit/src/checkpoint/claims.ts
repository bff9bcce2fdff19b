/**
 * What a config.json says, in the one form that both of its dialects are brought to. What the weights tell too is kept as statements
 * to be compared with them; the rest fills the gaps that the weights leave.
 */
import type { Activation } from '@cdam/tensor';
import type { Preprocessing } from '../config.ts';
import { CheckpointError } from '../errors.ts';
import { type Fields, shown } from '../json.ts';
import type { WeightFacts } from './facts.ts';

/** `key` in `where` says that `fact` is `value`. */
export interface Statement {
  readonly where: string;
  readonly key: string;
  readonly value: number | boolean;
  readonly fact: keyof WeightFacts;
}

export interface Claims {
  readonly architecture: string | undefined;
  readonly statements: readonly Statement[];
  readonly heads: number | undefined;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly pool: 'token' | 'avg' | undefined;
  /** [height, width] that the position embeddings are said to be made for, and the key that says so. */
  readonly positionsFor: { readonly key: string; readonly size: readonly [number, number] } | undefined;
  /** [height, width] that pictures are brought to. */
  readonly input: { readonly key: string; readonly size: readonly [number, number] } | undefined;
  /** true: position embeddings are for patches only. */
  readonly patchPositionsOnly: boolean;
  readonly labels: readonly string[] | undefined;
  readonly labelNames: readonly string[] | undefined;
  readonly multiLabel: boolean;
  readonly regression: boolean;
  /** Box to resize to, where it is said and does not follow from cropFraction. */
  readonly resizeTo: readonly [number, number] | undefined;
  /** Mean and deviation of one entry serve all channels. */
  readonly preprocessing: Omit<Preprocessing, 'resizeHeight' | 'resizeWidth'>;
  readonly assumptions: readonly string[];
}

export const IMAGENET_MEAN: readonly number[] = [0.485, 0.456, 0.406];
export const IMAGENET_STD: readonly number[] = [0.229, 0.224, 0.225];

/** The statement, where the field is there and is a whole number. */
export function stated(fields: Fields | undefined, key: string, fact: keyof WeightFacts): Statement[] {
  const value = fields?.integer(key);
  return fields === undefined || value === undefined ? [] : [{ where: fields.where, key, value, fact }];
}

/** `patch_size` and its like: one number or [height, width]. */
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

/** The activation under either library's name. @throws CheckpointError `config` for one that is not built. */
export function activationNamed(fields: Fields | undefined, key: string): Activation | undefined {
  const name = fields?.string(key);
  if (fields === undefined || name === undefined) return undefined;
  const activation = ACTIVATIONS.get(name);
  if (activation === undefined) throw fields.wrong(key, `one of ${[...ACTIVATIONS.keys()].join(', ')}`, name);
  return activation;
}

/** Mean or deviation: as many positive (for a deviation) numbers as channels, or one for all. */
export function perChannel(values: readonly number[], channels: number, where: string): readonly number[] {
  const all = values.length === 1 ? Array.from({ length: channels }, () => values[0] ?? 0) : values;
  if (all.length === channels) return all;
  throw new CheckpointError(
    'config',
    `${where}: ${shown(values)} has ${values.length} numbers, and the patch embedding in the weights reads ${channels} channels`,
  );
}

/** A fraction f of an input size with floor(input / f) = box, as boxFor computes it. */
export function fractionOf(input: number, box: number): number {
  const fraction = input / box;
  return Math.floor(input / fraction) === box ? fraction : input / (box + 0.5);
}
