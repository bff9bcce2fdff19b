/**
 * The WGSL of functions of one number, for every kernel that applies one in a slot.
 *
 * The activations are those of functions.wgsl: `name`, with `nameGradient` for the derivative. They are found there by their names, so a
 * new one is written there and listed nowhere.
 */
import { type Activation, TensorError, type Unary } from '@cdam/tensor';
import functions from './functions.wgsl';

/** What WGSL has of its own. */
const BUILT_IN: Readonly<Record<Exclude<Unary, Activation>, string>> = { neg: '-x', exp: 'exp(x)', log: 'log(x)', sqrt: 'sqrt(x)' };

const NAMES = Array.from(functions.matchAll(/^fn (\w+)\(x: f32\) -> f32/gm), ([, name = '']) => name);

/** All texts, by the name of the function. They are made once, because pipelines are found by them at every dispatch. */
const APPLYING: ReadonlyMap<string, string> = new Map([
  ...Object.entries(BUILT_IN).map(([name, value]) => [name, `fn apply(x: f32) -> f32 { return ${value}; }`] as const),
  ...NAMES.map((name) => [name, `${functions}\nfn apply(x: f32) -> f32 { return ${name}(x); }`] as const),
]);
const DERIVING: ReadonlyMap<string, string> = new Map(
  NAMES.map((name) => [name, `${functions}\nfn derivative(x: f32) -> f32 { return ${name}(x); }`]),
);

function textOf(name: string, texts: ReadonlyMap<string, string>): string {
  const text = texts.get(name);
  if (text === undefined) throw new TensorError('backend', `functions.wgsl has no function ${name}`);
  return text;
}

/** WGSL that defines `fn apply(x: f32) -> f32`, and what that needs. Throws a `TensorError` when functions.wgsl lacks the function. */
export function unarySource(op: Unary): string {
  return textOf(op, APPLYING);
}

/** WGSL that defines `fn derivative(x: f32) -> f32`, and what that needs. Throws as `unarySource` does. */
export function derivativeSource(op: Activation): string {
  return textOf(`${op}Gradient`, DERIVING);
}
