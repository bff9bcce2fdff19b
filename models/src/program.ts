/**
 * What the programs of this folder share: opening a backend by its name, and printing an error as one line on stderr.
 */
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, createReferenceBackend } from '@cdam/tensor';

/** A command line with missing or wrong options. */
export class UsageError extends Error {
  readonly code = 'usage';
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Opens the backend `wasm`, `webgpu` or `reference`. @throws UsageError for another name */
export async function openBackend(name: string): Promise<Backend> {
  if (name === 'wasm') return openWasm();
  if (name === 'webgpu') return openWebGpuNode();
  if (name === 'reference') return createReferenceBackend();
  throw new UsageError(`--backend ${name}: there are wasm, webgpu and reference`);
}

/** Runs a program. After a wrong command line it also prints `usage`, and the exit code is 2; after other errors it is 1. */
export async function runProgram(main: () => Promise<void>, usage: string): Promise<void> {
  try {
    await main();
  } catch (error) {
    const wrongUsage = codeOf(error) === 'usage' || codeOf(error)?.startsWith('ERR_PARSE_ARGS_');
    console.error(error instanceof Error ? error.message : String(error));
    if (wrongUsage) console.error(usage);
    process.exitCode = wrongUsage ? 2 : 1;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
