/** `cdam inspect`, `cdam backends`, help, version, and the contents of the packages. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, toFloat32, writeSafetensors } from '@cdam/vit';
import { describe, expect, test } from 'vitest';
import { goldenPath } from '../support/golden.ts';
import { cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();

/** The output of `inspect`, which has a name and a value on each line. */
function rows(stdout: string): Record<string, string> {
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/, 2)),
  );
}

describe('inspect', () => {
  test('says what a checkpoint contains', async () => {
    const { code, stdout, stderr } = await cdam(folder.path, ['inspect', smallModel]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(rows(stdout)).toMatchObject({
      name: 'vit-small-f32',
      architecture: 'vit_small_patch8_64',
      parameters: '473580 (473.6 k)',
      weights: 'F32, timm names',
      blocks: '4, 96 wide, 3 heads, MLP 384 wide with gelu',
      input: '64×64 pixels, 3 channels',
      patches: '8×8 pixels, 8 rows × 8 columns = 64',
      'prefix tokens': '1 (class)',
      head: '12 classes (softmax), reads the class token',
      missing: 'none',
      unexpected: 'none',
    });
  });

  test.each([
    ['vit-registers-f16', { weights: 'F16, DINO hub names', 'prefix tokens': '5 (class, 4 registers)', parts: 'LayerScale' }],
    ['deit-distilled-bf16', { 'prefix tokens': '2 (class, distillation)' }],
    ['hf-vit-split', { weights: 'F32, Hugging Face names' }],
    ['dinov2-headless', { head: 'none: only the attention map and functions of the latent can be explained' }],
  ])('tells what is special about %s', async (name, expected) => {
    expect(rows((await cdam(folder.path, ['inspect', goldenPath(name)])).stdout)).toMatchObject(expected);
  });

  test('lists what is missing, unexpected and of a wrong shape, and fails', async () => {
    const { entries } = readSafetensors(new Uint8Array(await readFile(join(smallModel, 'model.safetensors'))));
    const tensors = Array.from(entries.values(), (entry) => ({
      name: entry.name,
      dtype: 'F32' as const,
      shape: entry.shape,
      data: toFloat32(entry),
    }));
    const kept = tensors.filter(({ name }) => name !== 'blocks.2.mlp.fc2.bias');
    const wrong = kept.map((tensor) => (tensor.name === 'norm.bias' ? { ...tensor, shape: [2, 48] } : tensor));
    const extra = { name: 'adapter.scale', dtype: 'F32' as const, shape: [1], data: Float32Array.of(1) };
    await writeFile(join(folder.path, 'odd.safetensors'), writeSafetensors([...wrong, extra]));
    const { code, stdout, stderr } = await cdam(folder.path, ['inspect', 'odd.safetensors']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^cdam: [^\n]+\n$/);
    expect(rows(stdout)).toMatchObject({
      missing: 'blocks.2.mlp.fc2.bias',
      unexpected: 'adapter.scale',
      'wrong shape': 'norm.bias [2, 48] instead of [96]',
    });
  });
});

test('backends lists the backends, and auto does not take a driver that computes on the CPU', async () => {
  const { code, stdout, stderr } = await cdam(folder.path, ['backends']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^reference {2}plain TypeScript/);
  expect(stdout).toMatch(/^webgpu {5}\S.*, (a GPU|a software driver that computes on the CPU)$/m);
  const software = stdout.includes('a software driver');
  expect(stdout).toMatch(
    software ? /^auto takes wasm: the only WebGPU adapter, .*, computes on the CPU$/m : /^auto takes webgpu: .* is a GPU$/m,
  );
});

test('help names every option of the documentation, and the version is the package’s', async () => {
  const help = await cdam(folder.path, ['explain', '--help']);
  expect(help.code).toBe(0);
  for (const option of ['model', 'target', 'method', 'from', 'size', 'fit', 'backend', 'out', 'json', 'quiet']) {
    expect(help.stdout).toContain(`--${option}`);
  }
  expect(await cdam(folder.path, ['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
});

describe('packed,', () => {
  const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

  interface Manifest {
    readonly files: readonly string[];
    readonly bin?: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  }

  async function manifestOf(name: string): Promise<Manifest> {
    return JSON.parse(await readFile(join(packages, name, 'package.json'), 'utf8')) as Manifest;
  }

  test('every package holds the files of its exports and commands', async () => {
    for (const name of await readdir(packages)) {
      const { files, bin = {}, exports } = await manifestOf(name);
      const built = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [target.default, target.types]));
      for (const path of [...built, ...Object.values(bin)]) {
        expect(files, `${name}: ${path}`).toContain(path?.split('/')[1]);
        expect(existsSync(join(packages, name, path ?? '')), `${name}: ${path}`).toBe(true);
      }
    }
  });

  test('the command holds the bundled model', async () => {
    expect((await manifestOf('cli')).files).toContain('assets');
  });
});
