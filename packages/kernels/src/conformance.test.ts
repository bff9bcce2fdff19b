/**
 * The conformance suite on WebAssembly and on WebGPU in Node. (`tests/browser` runs it in Chromium.)
 */
import type { Backend } from '@cdam/tensor';
import { conformanceCases } from '@cdam/tensor/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWasm } from './node/wasm.ts';
import { openWebGpuNode } from './node.ts';

const backends: Readonly<Record<string, () => Promise<Backend>>> = {
  'WebAssembly on one thread': () => openWasm({ threads: 1 }),
  'WebAssembly on three threads': () => openWasm({ threads: 3 }),
  'WebGPU in Node': () => openWebGpuNode(),
  "WebGPU in Node within WebGPU's default limits": () => openWebGpuNode({ defaultLimits: true }),
};

describe.each(Object.entries(backends))('%s', (_, open) => {
  let backend: Backend | undefined;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend?.dispose());

  test.each(conformanceCases.map((each) => [each.name, each] as const))('%s', async (_, { run }) => {
    const { error, tolerance } = await run(backend as Backend);
    expect(error).toBeLessThanOrEqual(tolerance);
  });
});
