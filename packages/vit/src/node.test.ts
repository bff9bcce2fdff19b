import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectedShapes } from './checkpoint/facts.ts';
import { readCheckpoint } from './checkpoint/read.ts';
import { bytesOf, facts } from './checkpoint/toy.ts';
import { readModelFolder } from './node.ts';

describe('readModelFolder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vit-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const put = (name: string, content: string | Uint8Array = bytesOf(expectedShapes(facts))): Promise<void> =>
    writeFile(join(folder, name), content);

  it('finds model.safetensors with config.json beside it', async () => {
    await put('model.safetensors');
    await put('other.safetensors', 'not read');
    await put('config.json', '{"architecture": "vit_toy", "num_classes": 3}');
    const files = await readModelFolder(folder);
    expect(files).toMatchObject({ name: basename(folder), config: { num_classes: 3 }, preprocessor: undefined });
    expect(readCheckpoint(files).config.architecture).toBe('vit_toy');
  });

  it('takes the only safetensors file whatever its name, or the path of one', async () => {
    await put('vit_toy.safetensors');
    expect((await readModelFolder(folder)).name).toBe(basename(folder));
    expect((await readModelFolder(join(folder, 'vit_toy.safetensors'))).name).toBe('vit_toy');
    await put('second.safetensors');
    await expect(readModelFolder(folder)).rejects.toThrow(/holds second.safetensors, vit_toy.safetensors; give the path of one/);
  });

  it('says what the folder holds when it holds no model', async () => {
    await expect(readModelFolder(folder)).rejects.toThrow('holds no model.safetensors');
    await put('pytorch_model.bin', '');
    await expect(readModelFolder(folder)).rejects.toThrow('holds pytorch_model.bin but no model.safetensors; convert it');
    await expect(readModelFolder(join(folder, 'pytorch_model.bin'))).rejects.toThrow('is not a .safetensors file');
    await expect(readModelFolder(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'file',
      message: expect.stringContaining('there is no'),
    });
    await put('model.safetensors.index.json', '{}');
    await put('model-00001-of-00002.safetensors', '');
    await expect(readModelFolder(folder)).rejects.toThrow('are split over 1 files');
  });

  it('names the file whose JSON is broken', async () => {
    await put('model.safetensors');
    await put('config.json', '{"num_classes": 3,');
    await expect(readModelFolder(folder)).rejects.toThrow(/config\.json: is not valid JSON/);
  });
});
