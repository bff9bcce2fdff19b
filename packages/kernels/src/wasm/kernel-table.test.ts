/**
 * That TypeScript and the compiled kernels agree on what a kernel takes.
 */
import { expect, it } from 'vitest';
import { MOST_NUMBERS } from './command-ring.ts';
import { KERNELS } from './generated/tables.ts';
import { instantiate, positional } from './kernel-table.ts';
import { compileKernels, createMemory } from './module.ts';

/** A module of one function without parameters, exported as `name`. */
function moduleOf(name: string): WebAssembly.Module {
  const text = [...name].map((character) => character.charCodeAt(0));
  const exported = [1, text.length, ...text, 0, 0];
  const sections = [1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, exported.length, ...exported, 10, 4, 1, 2, 0, 11];
  return new WebAssembly.Module(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...sections]));
}

it('brings numbers into the order of the kernel’s parameters, in whatever order they are named', () => {
  const { place } = KERNELS.copyRows;
  const numbers = { length: 5, toStride: 4, out: 3, fromStride: 2, x: 1 };
  expect(positional('copyRows', numbers)).toEqual({ kernel: place, args: [1, 2, 3, 4, 5] });
});

it('knows every kernel of the module by the place that it is instantiated at', async () => {
  const kernels = instantiate(await compileKernels(false), createMemory(false));
  expect(kernels.length).toBe(Object.keys(KERNELS).length);
  for (const { place, count } of Object.values(KERNELS)) expect(kernels[place]?.length).toBe(3 + count);
});

it('refuses a module that lacks a kernel, or has one of other parameters, by its name', () => {
  const [first = ''] = Object.keys(KERNELS);
  expect(() => instantiate(moduleOf('nothing'), createMemory(false))).toThrow(`the module has no kernel ${first}`);
  expect(() => instantiate(moduleOf(first), createMemory(false))).toThrow(`the kernel ${first} takes -3 numbers, but the table has 4`);
});

it.each(Object.entries(KERNELS))('has room for the numbers of %s in a command of the ring', (_, { count }) => {
  expect(count).toBeLessThanOrEqual(MOST_NUMBERS);
});
