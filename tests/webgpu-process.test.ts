/**
 * What a Node process that uses WebGPU lives through: it ends by itself, whatever it does with the backend, and it hears of a lost device.
 * (In processes of their own, because Dawn crashes or hangs when its objects are freed in the wrong order, as a test runner frees them.)
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const packages = join(import.meta.dirname, '../packages');
let folder: string;

beforeAll(async () => {
  // The folder is inside node_modules of the package, so that the process finds `webgpu`.
  folder = await mkdtemp(join(packages, 'kernels/node_modules/.exit-'));
  await build({
    entryPoints: [join(packages, 'kernels/src/node.ts')],
    outfile: join(folder, 'node.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['source'],
    loader: { '.wgsl': 'text' },
    external: ['webgpu'],
  });
});
afterAll(() => rm(folder, { recursive: true }));

function entry(): string {
  return pathToFileURL(join(folder, 'node.mjs')).href;
}

/** Ends of scripts, which have all used the GPU before. */
const scripts = {
  'disposes of the backend': 'backend.dispose();',
  'forgets to dispose': '',
  'keeps the backend in a global': 'globalThis.backend = backend;',
  'does not await a read': 'backend.read(x);',
  'disposes during a read': 'backend.read(x).catch(() => {}); backend.dispose();',
};

test.each(Object.entries(scripts))('a process that %s ends by itself', async (_, end) => {
  const script = `
    import { openWebGpuNode } from ${JSON.stringify(entry())};
    const backend = await openWebGpuNode();
    const x = backend.softmax(backend.full(6, 1), 2, 3, false);
    console.log((await backend.read(x)).length);
    globalThis.gc();
    ${end}
    globalThis.gc();`;
  const { stdout } = await run(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { timeout: 60_000 });
  expect(stdout.trim()).toBe('6');
});

test('when the owner of the device destroys it, reads say that the device was lost', async () => {
  const script = `
    import { createNodeGpu, createWebGpuBackend } from ${JSON.stringify(entry())};
    const gpu = await createNodeGpu();
    const device = await (await gpu.requestAdapter()).requestDevice();
    const backend = createWebGpuBackend({ device });
    const x = backend.full(3, 1);
    const pending = backend.read(x);
    device.destroy();
    for (const read of [pending, backend.read(x)]) await read.catch(({ code, message }) => console.log(code + ': ' + message));
    backend.dispose();
    globalThis.gpu = gpu;`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^device-lost: .*the GPU device was lost/);
});
