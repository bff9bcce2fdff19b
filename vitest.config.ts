/**
 * How the tests run. Packages resolve to their sources (export condition `source`), so a test needs no build, save where it starts
 * the command line. Test files run in processes of their own, which inherit the environment set here: that is how they get the
 * WebGPU driver, however vitest was started (see scripts/webgpu-driver.mjs).
 */
import { readFile } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vitest/config';
import { driverEnvironment } from './scripts/webgpu-driver.mjs';

const wgslAsText: Plugin = {
  name: 'wgsl-as-text',
  enforce: 'pre',
  async load(id) {
    return id.endsWith('.wgsl') ? `export default ${JSON.stringify(await readFile(id, 'utf8'))};` : undefined;
  },
};

export default defineConfig(async () => {
  Object.assign(process.env, await driverEnvironment());
  return {
    plugins: [wgslAsText],
    resolve: { conditions: ['source'] },
    ssr: { resolve: { conditions: ['source'] } },
    test: {
      include: ['packages/*/src/**/*.test.ts', 'models/src/**/*.test.ts', 'tests/**/*.test.ts', 'bench/src/**/*.test.ts'],
      pool: 'forks',
      // A software driver computes on every core by itself.
      maxWorkers: 2,
      testTimeout: 180_000,
      hookTimeout: 180_000,
    },
  };
});
