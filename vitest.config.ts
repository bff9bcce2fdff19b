/**
 * How the tests run. Packages resolve to their sources (export condition `source`), so a test needs no build, save where it starts
 * the command line or a worker. Test files run in processes of their own, which inherit the environment set here: that is how they get the
 * WebGPU driver, however vitest was started (see scripts/webgpu-driver.mjs).
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { configDefaults, defineConfig, type Plugin } from 'vitest/config';
import { staleness } from './scripts/lib/build-state.mjs';
import { driverEnvironment, missingAdapter, missingBrowser } from './scripts/webgpu-driver.mjs';

const wgslAsText: Plugin = {
  name: 'wgsl-as-text',
  enforce: 'pre',
  async load(id) {
    return id.endsWith('.wgsl') ? `export default ${JSON.stringify(await readFile(id, 'utf8'))};` : undefined;
  },
};

const nodeWorker = 'packages/kernels/dist/wasm-node-worker.js';

/**
 * The sources start one thing that is built: the worker of the WebAssembly backend in Node. Where it is missing the backend itself says
 * so; an old one would compute as it did, and nobody would see why a change has no effect.
 */
const currentWorker: Plugin = {
  name: 'current-worker',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/packages/kernels/src/') || !code.includes(`/dist/${basename(nodeWorker)}`)) return;
    const trouble = existsSync(join(import.meta.dirname, nodeWorker)) ? staleness([nodeWorker]) : undefined;
    if (trouble !== undefined) throw new Error(trouble);
  },
};

/** These ask an adapter what it can do before there is any test that could be skipped. */
const askingAdapters = ['packages/kernels/src/webgpu/**/*.test.ts', 'tests/parity/half.test.ts'];

/** Of what the tests find missing on this machine, with the reason, in the variables that their runner reads. */
async function unavailable(): Promise<Record<string, string>> {
  const found = {
    CDAM_NO_WEBGPU: process.env.CDAM_NO_WEBGPU ?? (await missingAdapter()),
    CDAM_NO_BROWSER: process.env.CDAM_NO_BROWSER ?? missingBrowser(),
  };
  return Object.fromEntries(Object.entries(found).flatMap(([name, reason]) => (reason === undefined ? [] : [[name, reason]])));
}

export default defineConfig(async () => {
  const missing = await unavailable();
  for (const reason of Object.values(missing)) console.warn(`tests are skipped: ${reason}`);
  Object.assign(process.env, await driverEnvironment(), missing);
  return {
    plugins: [wgslAsText, currentWorker],
    resolve: { conditions: ['source'] },
    ssr: { resolve: { conditions: ['source'] } },
    test: {
      include: ['packages/*/src/**/*.test.ts', 'models/src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/src/**/*.test.ts'],
      exclude: [...configDefaults.exclude, ...(missing.CDAM_NO_WEBGPU === undefined ? [] : askingAdapters)],
      ...(Object.keys(missing).length > 0 ? { runner: './tests/support/skip-unavailable.ts' } : {}),
      pool: 'forks',
      // A software driver computes on every core by itself.
      maxWorkers: 2,
      testTimeout: 180_000,
      hookTimeout: 180_000,
      coverage: {
        provider: 'v8',
        include: ['packages/*/src/**/*.ts'],
        // AssemblyScript is no TypeScript, and the tests are not what is to be covered.
        exclude: ['**/*.test.ts', '**/*.d.ts', 'packages/kernels/src/wasm/assembly/**', 'packages/kernels/src/wasm/generated/**'],
        reporter: ['text-summary', 'html'],
        reportsDirectory: 'out/coverage',
      },
    },
  };
});
