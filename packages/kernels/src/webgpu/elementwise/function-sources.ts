/**
 * The WGSL of functions of one number, for every kernel that applies one in a slot.
 *
 * The activations are those of @cdam/tensor, and functions.wgsl has each by its name, with `nameGradient` for its derivative. So a new one
 * is written there and listed nowhere here.
 */
import { ACTIVATIONS, type Activation, type Unary } from '@cdam/tensor';
import functions from './functions.wgsl';

function forAll<Name extends string>(names: readonly Name[], sourceOf: (name: Name) => string): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, sourceOf(name)])) as Record<Name, string>;
}

/** All texts. They are made once, because pipelines are found by them at every dispatch. */
const APPLYING: Readonly<Record<Unary, string>> = {
  neg: 'fn apply(x: f32) -> f32 { return -x; }',
  exp: 'fn apply(x: f32) -> f32 { return exp(x); }',
  log: 'fn apply(x: f32) -> f32 { return log(x); }',
  sqrt: 'fn apply(x: f32) -> f32 { return sqrt(x); }',
  normalDistribution: `${functions}\nfn apply(x: f32) -> f32 { return normalDistribution(x); }`,
  ...forAll(ACTIVATIONS, (name) => `${functions}\nfn apply(x: f32) -> f32 { return ${name}(x); }`),
};
const DERIVING: Readonly<Record<Activation, string>> = forAll(
  ACTIVATIONS,
  (name) => `${functions}\nfn derivative(x: f32) -> f32 { return ${name}Gradient(x); }`,
);

/** WGSL that defines `fn apply(x: f32) -> f32`, and what that needs. */
export function unarySource(op: Unary): string {
  return APPLYING[op];
}

/** WGSL that defines `fn derivative(x: f32) -> f32`, and what that needs. */
export function derivativeSource(op: Activation): string {
  return DERIVING[op];
}
