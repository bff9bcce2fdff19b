/** Wrong input gives one line on stderr that says what is wrong and what to do, the right exit code, and no stack trace. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@cdam/cli';
import { writeSafetensors } from '@cdam/vit';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenPath } from '../support/golden.ts';
import { astronaut, cdam, commandPath, makeLabelledModel, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();
const withModel = ['--model', smallModel, '--backend', 'reference'];

/** A safetensors file with the header `json` and the length field `length`. */
function safetensors(json: string, data: Uint8Array, length: number = json.length): Uint8Array {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true);
  return Buffer.concat([size, Buffer.from(json), data]);
}

beforeAll(async () => {
  const place = (name: string): string => join(folder.path, name);
  const png = await readFile(astronaut);
  const weights = await readFile(join(smallModel, 'model.safetensors'));
  await writeFile(place('cut.png'), png.subarray(0, Math.floor(png.length / 2)));
  await writeFile(place('text.png'), 'This is not a picture.\n');
  await writeFile(place('empty.jpg'), '');
  await writeFile(place('vector.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await writeFile(place('cut.safetensors'), weights.subarray(0, 100_000));
  await writeFile(place('stub.safetensors'), weights.subarray(0, 5));
  const lie = JSON.stringify({ cls_token: { dtype: 'F32', shape: [1, 1, 96], data_offsets: [0, 8] } });
  await writeFile(place('lie.safetensors'), safetensors(lie, new Uint8Array(8)));
  await writeFile(place('huge.safetensors'), safetensors('{}', new Uint8Array(0), 2 ** 50));
  const words = { name: 'embeddings.word_embeddings.weight', dtype: 'F32' as const, shape: [2, 2], data: new Float32Array(4) };
  await writeFile(place('bert.safetensors'), writeSafetensors([words]));
  await writeFile(place('file'), '');
  await mkdir(place('folder.png'));
  await makeLabelledModel(place('labelled'));
});

async function failure(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stdout, stderr } = await cdam(folder.path, args, environment);
  expect(stderr).toMatch(/^cdam: [^\n]+\n$/);
  expect(stderr).not.toMatch(/\bat .*\.[jt]s:\d+|unexpected error/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr;
}

describe('a picture that', () => {
  test.each([
    ['does not exist', 'nowhere.png', 'there is no file nowhere.png; check the name'],
    ['is a folder', 'folder.png', 'folder.png is a folder; give image files'],
    ['is text', 'text.png', 'text.png is not an image that can be read; give a JPEG, PNG or WebP file'],
    ['is empty', 'empty.jpg', 'empty.jpg is not an image that can be read'],
    ['is cut short', 'cut.png', 'cut.png is damaged or cut short'],
    ['is of another format', 'vector.svg', 'vector.svg is SVG; convert it to JPEG, PNG or WebP'],
  ])('%s', async (_, file, message) => {
    expect(await failure(['explain', file, ...withModel])).toContain(message);
  });
});

describe('a model that', () => {
  test.each([
    ['does not exist', 'nowhere', 'there is no nowhere; give a model folder or a .safetensors file'],
    ['is another file', 'text.png', 'text.png is not a .safetensors file'],
    ['is a folder without weights', 'folder.png', 'holds no model.safetensors'],
    ['is cut short', 'cut.safetensors', 'the file is cut short'],
    ['ends in its length field', 'stub.safetensors', 'safetensors: '],
    ['has a wrong size for a tensor', 'lie.safetensors', 'cls_token'],
    ['has a wrong size for its header', 'huge.safetensors', 'safetensors: '],
    ['is not a Vision Transformer', 'bert.safetensors', 'this is not a Vision Transformer: it has embeddings.word_embeddings.weight'],
  ])('%s', async (_, model, message) => {
    expect(await failure(['explain', astronaut, '--model', model])).toContain(message);
    expect(await failure(['inspect', model])).toContain(message);
  });

  test('has no head', async () => {
    const message = await failure(['explain', astronaut, '--model', goldenPath('dinov2-headless')]);
    expect(message).toContain('has no head, so it has no classes to explain; use --method attention');
  });
});

describe('a class that does not exist', () => {
  test('by name: the nearest labels are named', async () => {
    const message = await failure(['explain', astronaut, '--model', 'labelled', '--target', 'baskettball']);
    expect(message).toMatch(/no class "baskettball"; the nearest labels are "basketball"/);
  });

  test('by index: the range is named', async () => {
    expect(await failure(['explain', astronaut, ...withModel, '--target', '12'])).toContain(
      'there is no class 12; the model has 12, from 0 to 11',
    );
  });

  test('is an error before any picture is read', async () => {
    expect(await failure(['explain', 'nowhere.png', ...withModel, '--target', '99'])).toContain('class 99');
  });
});

describe('options', () => {
  test.each([
    ['no command', ['paint'], "unknown command 'paint'"],
    ['no image', ['explain'], "missing required argument 'image'"],
    ['an unknown option', ['explain', 'a.png', '--colour', 'red'], "unknown option '--colour'; see cdam explain --help"],
    [
      'an unknown option of a subcommand',
      ['evaluate', 'merge', 'a', '--out', 'b', '--colour', 'red'],
      "unknown option '--colour'; see cdam evaluate merge --help",
    ],
    [
      'an option with a mistake',
      ['explain', 'a.png', '--metod', 'cdam'],
      "unknown option '--metod' (Did you mean --method?); see cdam explain --help",
    ],
    ['a method with a mistake', ['explain', 'a.png', '--method', 'leger'], 'did you mean ledger?'],
    ['an unknown backend', ['explain', 'a.png', '--backend', 'cuda'], 'Allowed choices are auto, webgpu, wasm, reference'],
    ['an unknown method', ['explain', 'a.png', '--method', 'lime'], 'there is no method "lime"; there are cdam, smooth-cdam'],
    ['an unknown score', ['explain', 'a.png', '--from', 'loss'], '--from is logit or probability or log-odds, not'],
    ['an unknown fit', ['explain', 'a.png', '--fit', 'stretch'], 'Allowed choices are crop, squash'],
    [
      'a size that is not a number',
      ['explain', 'a.png', '--size', 'big'],
      '"big" is not a size; give one number of pixels (224) or width x height (320x224)',
    ],
    ['a size that patches do not fill', ['explain', astronaut, ...withModel, '--size', '65'], 'take a multiple, such as 64 or 72'],
    ['an output folder that is a file', ['explain', astronaut, ...withModel, '--out', 'file'], 'cannot make the folder file'],
  ])('%s', async (_, args, message) => {
    expect(await failure(args)).toContain(message);
  });

  test('without a command the help is shown', async () => {
    const { code, stderr } = await cdam(folder.path, []);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: cdam [options] [command]');
  });
});

// Only there the drivers are named by the environment.
test.skipIf(process.platform !== 'linux')('WebGPU without any adapter is one line, and auto computes with WebAssembly', async () => {
  const noDriver = { VK_ICD_FILENAMES: join(folder.path, 'nowhere.json'), VK_DRIVER_FILES: join(folder.path, 'nowhere.json') };
  const message = await failure(['explain', astronaut, '--model', smallModel, '--backend', 'webgpu'], noDriver);
  expect(message).toContain('WebGPU found no graphics adapter: install a driver');
  const { code, stdout, stderr } = await cdam(folder.path, ['explain', astronaut, '--model', smallModel], noDriver);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('backend  wasm');
});

describe('of several pictures', () => {
  test('a damaged one is reported, the others are explained, and the exit code is 1', async () => {
    const args = ['explain', 'cut.png', astronaut, 'nowhere.png', astronaut, ...withModel, '--json', '-'];
    const { code, stdout, stderr } = await cdam(folder.path, args);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^cdam: cut\.png is damaged or cut short/),
      'cdam: there is no file nowhere.png; check the name',
    ]);
    const { images } = JSON.parse(stdout) as Report;
    expect(images.map(({ file }) => file)).toEqual([astronaut, astronaut]);
    expect(images[0]?.maps).toEqual(images[1]?.maps);
  });

  test('when all are damaged the exit code is 2, and there is no JSON', async () => {
    const { code, stdout, stderr } = await cdam(folder.path, ['explain', 'cut.png', 'nowhere.png', ...withModel, '--json', '-']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.match(/^cdam: /gm)).toHaveLength(2);
  });

  test('those of the same name do not overwrite each other', async () => {
    const { stdout } = await cdam(folder.path, ['explain', astronaut, astronaut, ...withModel, '--out', 'twins']);
    expect(stdout).toContain(join('twins', 'astronaut-picture.png'));
    expect(stdout).toContain(join('twins', 'astronaut-2-picture.png'));
  });
});

test('the command ends quietly when the reader of its output closes the pipe', async () => {
  const child = spawn(process.execPath, [commandPath, 'explain', astronaut, ...withModel, '--json', '-', '--target', 'all'], {
    cwd: folder.path,
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout.destroy();
  await new Promise((resolve) => child.on('close', resolve));
  expect({ stderr, signal: child.signalCode }).toEqual({ stderr: '', signal: null });
});
