/**
 * The packages as somebody else gets them: packed, checked by the tools that know what goes wrong with packages, installed, and used.
 */
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireBuild } from '../support/build.ts';
import { install, type Manifest, type Packed, pack, publicPackages, readManifest, shell } from './packed.ts';

requireBuild();

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'examples');
const packages = await publicPackages();

/** Holds the tarballs, and a project that they are installed in. */
let folder: string;
let packed: readonly Packed[];
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'cdam-packages-')));
  packed = await pack(folder);
  await install(packed, join(folder, 'project'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function packedAs(name: string): Packed {
  const found = packed.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

/** The folder that a package was installed in. */
const installed = (name: string): string => join(folder, 'project/node_modules', name);

/** The files that a package promises: what can be imported, its types, its commands. */
function promisedFiles({ exports, bin = {} }: Manifest): string[] {
  const targets = Object.values(exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)));
  return [...targets, ...Object.values(bin)].map((path) => posix.normalize(path));
}

describe.each(Array.from(packages.values(), ({ name }) => name))('%s', (name) => {
  test('has nothing that publint would warn of', async () => {
    const { tarball, manifest } = packedAs(name);
    const bytes = await readFile(tarball);
    const { messages } = await publint({
      pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  test('has types that every resolution of ESM finds', async () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const command = `"${process.execPath}" "${attw}" "${packedAs(name).tarball}" --profile esm-only --format table-flipped --no-emoji`;
    expect(await shell(command, folder)).toContain('OK (ESM)');
  });

  test('has every file that it promises, its licence, and nothing for this repository alone', async () => {
    const manifest = await readManifest(installed(name));
    const files = (await readdir(installed(name), { recursive: true })).map((path) => path.replaceAll('\\', '/'));
    for (const file of [...promisedFiles(manifest), 'LICENSE']) expect(files).toContain(file);
    expect(JSON.stringify(manifest.exports)).not.toContain('"source"');
    expect(files.filter((file) => file.endsWith('.test.ts') || file.includes('assets/bundled/bundled'))).toEqual([]);
  });

  test('says what it is, and which Node it needs', async () => {
    const { description, keywords, license, engines, type, sideEffects } = await readManifest(installed(name));
    expect(description).toMatch(/\.$/);
    expect(keywords).toEqual(expect.arrayContaining([expect.any(String)]));
    expect(sideEffects).toBeDefined();
    const { engines: ours, license: licence } = await readManifest(root);
    expect({ license, engines, type }).toEqual({ license: licence, engines: ours, type: 'module' });
  });
});

test('changesets give all public packages one version', async () => {
  const { fixed } = JSON.parse(await readFile(join(root, '.changeset/config.json'), 'utf8'));
  const names = Array.from(packages.values(), ({ name }) => name).toSorted();
  expect(fixed).toEqual([names.toSorted((a, b) => Number(a.startsWith('@')) - Number(b.startsWith('@')))]);
  expect(new Set(Array.from(packages.values(), ({ version }) => version)).size).toBe(1);
});

test('the installed command explains a picture with the model that it brings', async () => {
  const { bin } = await readManifest(installed('@cdam/cli'));
  const command = join(installed('@cdam/cli'), bin?.cdam ?? '');
  const picture = join(root, 'models/bundled/example.png');
  const stdout = await shell(`"${process.execPath}" "${command}" explain "${picture}" --backend wasm --target Bag --json -`, folder);
  const { images } = JSON.parse(stdout);
  expect(images).toMatchObject([{ maps: [{ target: { label: 'Bag' } }] }]);
});

/** The compiler of this repository, and the last one that was written in TypeScript, whose `dom` does not know WebGPU. */
const compilers = [
  { compiler: 'TypeScript 7', of: 'package.json', types: [] },
  { compiler: 'TypeScript 5.9', of: 'scripts/docs/package.json', types: ['@webgpu/types'] },
];

/** A copy of an example in the project that has the packages installed. */
async function copyExample(example: string, name: string): Promise<string> {
  const target = join(folder, 'project', name);
  await cp(join(examples, example), target, { recursive: true, filter: (source) => !source.endsWith('node_modules') });
  return target;
}

/** Checks a project with the TypeScript that a package.json of the repository has. @throws Error with what it finds */
function check(project: string, of: string, types: readonly string[] = []): Promise<string> {
  const compiler = join(createRequire(join(root, of)).resolve('typescript/package.json'), '../bin/tsc');
  return shell(`"${process.execPath}" "${compiler}" -p . ${types.length === 0 ? '' : `--types ${types.join(',')}`}`, project);
}

describe.each(compilers)('$compiler', ({ compiler, of, types }) => {
  test.each([
    { example: 'typescript-bundler', own: [] },
    { example: 'typescript-nodenext', own: ['node'] },
  ])('finds nothing wrong with $example, strictly, nor with the libraries’ own types', async ({ example, own }) => {
    const project = await copyExample(example, `${example}-${compiler}`);
    expect(await check(project, of, types.length === 0 ? [] : [...own, ...types])).toBe('');
  });
});

test('the types are not taken for any: a wrong option is an error', async () => {
  const project = await copyExample('typescript-bundler', 'wrong');
  const file = join(project, 'explain.ts');
  const source = await readFile(file, 'utf8');
  expect(source).toContain('{ opacity: 0.7 }');
  await writeFile(file, source.replace('{ opacity: 0.7 }', "{ opacity: 'much' }"));
  await expect(check(project, 'package.json')).rejects.toThrow('TS2322');
});
