/**
 * What the programs of this folder share: opening a backend by its name, and printing an error as one line on stderr.
 */
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';
import type { Option } from '../../scripts/lib/program.mjs';

const open = { wasm: openWasm, webgpu: openWebGpuNode, reference: async () => createReferenceBackend() };

/** The option `--backend`. */
export const backendOption: Option & { readonly default: string } = {
  type: 'string',
  value: 'name',
  default: 'wasm',
  choices: Object.keys(open),
  help: 'what computes',
};

/** Opens `wasm`, `webgpu` or `reference`. */
export function openBackend(name: string): Promise<Backend> {
  if (name === 'wasm' || name === 'webgpu' || name === 'reference') return open[name]();
  throw new RangeError(`there is no backend ${name}`);
}

/** Runs a program, whose errors become one line and exit code 1. */
export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
