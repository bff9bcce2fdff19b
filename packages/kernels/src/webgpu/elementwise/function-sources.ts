/**
 * The WGSL of functions of one number, for every kernel that applies one in a slot.
 */
import type { Activation, Unary } from '@cdam/tensor';
import functions from './functions.wgsl';

/** What WGSL has of its own. */
const BUILT_IN: Readonly<Record<Exclude<Unary, Activation>, string>> = { neg: '-x', exp: 'exp(x)', log: 'log(x)', sqrt: 'sqrt(x)' };

function isBuiltIn(op: Unary): op is Exclude<Unary, Activation> {
  return op in BUILT_IN;
}

/** Made once: pipelines are found by these texts, at every dispatch. */
const OF_ACTIVATIONS: Readonly<Record<Activation, string>> = {
  gelu: applying('gelu'),
  geluTanh: applying('geluTanh'),
  quickGelu: applying('quickGelu'),
  silu: applying('silu'),
  sigmoid: applying('sigmoid'),
  relu: applying('relu'),
  softplus: applying('softplus'),
};

function applying(op: Activation): string {
  return `${functions}\nfn apply(x: f32) -> f32 { return ${op}(x); }`;
}

/** WGSL that defines `fn apply(x: f32) -> f32`, and what that needs. */
export function unarySource(op: Unary): string {
  return isBuiltIn(op) ? `fn apply(x: f32) -> f32 { return ${BUILT_IN[op]}; }` : OF_ACTIVATIONS[op];
}

/** WGSL that defines `fn derivative(x: f32) -> f32`, and what that needs. */
export function derivativeSource(op: Activation): string {
  return `${functions}\nfn derivative(x: f32) -> f32 { return ${op}Gradient(x); }`;
}
