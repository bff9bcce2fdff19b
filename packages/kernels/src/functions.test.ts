/**
 * That both backends have every function of one number that the contract names, and every derivative. Whoever adds an activation is told
 * here which of them is missing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Activation, Unary } from '@cdam/tensor';
import { expect, test } from 'vitest';
import { derivativeSource, unarySource } from './webgpu/elementwise/function-sources.ts';

/** Every function of the contract, and whether it is an activation, which has a derivative. */
const FUNCTIONS: { readonly [U in Unary]: U extends Activation ? 'activation' : 'function' } = {
  gelu: 'activation',
  geluTanh: 'activation',
  quickGelu: 'activation',
  silu: 'activation',
  sigmoid: 'activation',
  relu: 'activation',
  softplus: 'activation',
  neg: 'function',
  exp: 'function',
  log: 'function',
  sqrt: 'function',
};

const names = Object.keys(FUNCTIONS) as Unary[];
const activations = names.filter((name): name is Activation => FUNCTIONS[name] === 'activation');
const assembly = readFileSync(join(import.meta.dirname, 'wasm/assembly/functions.ts'), 'utf8');
const exported = Array.from(assembly.matchAll(/^export function (\w+)\(x: v128\): v128/gm), ([, name]) => name);

test.each(names)('%s is a function of functions.wgsl and of assembly/functions.ts', (name) => {
  expect(unarySource(name)).toContain('fn apply(x: f32) -> f32');
  expect(exported, `assembly/functions.ts has no function ${name}`).toContain(name);
});

test.each(activations)('%s has a derivative in functions.wgsl and in assembly/functions.ts', (name) => {
  expect(derivativeSource(name)).toContain('fn derivative(x: f32) -> f32');
  expect(exported, `assembly/functions.ts has no function ${name}Gradient`).toContain(`${name}Gradient`);
});

test('a function that WGSL lacks is an error that names it', () => {
  expect(() => unarySource('mish' as Unary)).toThrow('functions.wgsl has no function mish');
});
