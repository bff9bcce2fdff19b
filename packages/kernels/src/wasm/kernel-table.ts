/**
 * The kernels as JavaScript sees them: functions of named numbers.
 *
 * A caller gives an object whose keys are the names of the kernel's parameters in `assembly`. scripts/compile-wasm.mjs reads the names
 * from the sources and writes the functions that bring the numbers into order (generated/tables.ts). So a parameter that was renamed,
 * added or removed is an error of the compiler at every caller, and one that was moved needs no change.
 */
import { KERNELS } from './generated/tables.ts';

/** The name of a kernel. */
export type KernelName = keyof typeof KERNELS;

/** What a kernel is called with, by name: addresses in bytes, sizes and strides in floats, numbers of functions, factors. */
export type KernelNumbers<K extends KernelName> = Parameters<(typeof KERNELS)[K]['inOrder']>[0];

/** Parameters that every kernel begins with: the units of work from `begin` to before `end`, and where its thread's scratch memory is. */
const COMMON = 3;

/** A kernel of the compiled module, called by position. */
export type Kernel = (begin: number, end: number, scratch: number, ...numbers: number[]) => void;

/** The table, typed so that the compiler knows which numbers belong to which kernel's name. */
const TABLE: { readonly [K in KernelName]: { place: number; inOrder: (numbers: KernelNumbers<K>) => number[] } } = KERNELS;

/** A kernel and its numbers as a command has them: the place in the table, and the numbers in the order in which the kernel takes them. */
export function positional<K extends KernelName>(kernel: K, numbers: KernelNumbers<K>): { kernel: number; args: number[] } {
  const { place, inOrder } = TABLE[kernel];
  return { kernel: place, args: inOrder(numbers) };
}

/**
 * The kernels of a compiled module on a memory, by their places in the table.
 * Throws an `Error` that names the kernel when the module lacks one, or has one that takes more or fewer numbers than the table says.
 */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): readonly Kernel[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return Object.entries(KERNELS).map(([name, { count }]) => {
    const kernel = exports[name];
    if (typeof kernel !== 'function') throw new Error(`the module has no kernel ${name}; compile it anew`);
    if (kernel.length !== COMMON + count) {
      throw new Error(`the kernel ${name} takes ${kernel.length - COMMON} numbers, but the table has ${count}; compile it anew`);
    }
    return kernel as Kernel;
  });
}
