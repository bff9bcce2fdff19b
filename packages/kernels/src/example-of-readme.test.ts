/** The example of this package's README is run as it stands there, and every file that the README names exists. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '..');
const readme = await readFile(join(folder, 'README.md'), 'utf8');

test('the example of the README runs and prints what its comment says', async () => {
  const example = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
  const printed = Array.from(example.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm), ([, claim]) => `${claim}\n`).join('');
  expect(printed).not.toBe('');
  await mkdir(join(folder, '.cache'), { recursive: true });
  const scratch = await mkdtemp(join(folder, '.cache', 'readme-'));
  try {
    await writeFile(join(scratch, 'example.mjs'), example);
    const { stdout } = await promisify(execFile)(process.execPath, [join(scratch, 'example.mjs')], { cwd: folder });
    expect(stdout).toBe(printed);
  } finally {
    await rm(scratch, { recursive: true });
  }
});

test('the files that the README names exist', () => {
  const linked = Array.from(readme.matchAll(/\]\(((?:src|\.\.)\/[^)]+)\)/g), ([, path]) => path ?? '');
  const named = Array.from(readme.matchAll(/`((?:webgpu|wasm)\/[\w/-]+\.\w+)`/g), ([, path]) => `src/${path}`);
  expect(linked.length).toBeGreaterThan(10);
  expect([...linked, ...named].filter((path) => !existsSync(join(folder, path)))).toEqual([]);
});
