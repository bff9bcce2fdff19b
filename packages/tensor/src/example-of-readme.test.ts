/** The example of this package's README runs as it stands there, with the sources in the place of the package. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';

const room = join(import.meta.dirname, '..');

test('the example of the README runs and prints what its comments say', async () => {
  const example = /```js\n([\s\S]*?)```/.exec(await readFile(join(room, 'README.md'), 'utf8'))?.[1] ?? '';
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
  expect(example).toContain("from '@cdam/tensor'");
  const claims = [...example.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)].map(([, claim]) => claim);
  expect(claims).not.toEqual([]);

  await mkdir(join(room, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(room, '.cache', 'readme-'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await writeFile(join(folder, 'example.js'), example.replace("'@cdam/tensor'", "'../../src/index.ts'"));
    await import(pathToFileURL(join(folder, 'example.js')).href);
    expect(log.mock.calls.map(([value]) => String(value))).toEqual(claims);
  } finally {
    log.mockRestore();
    await rm(folder, { recursive: true });
  }
});

test('the files that the README names exist', async () => {
  const links = [...(await readFile(join(room, 'README.md'), 'utf8')).matchAll(/\]\((src\/[^)]+\.ts)\)/g)].map(([, path]) => path ?? '');
  expect(links.length).toBeGreaterThan(5);
  for (const path of links) expect(await readFile(join(room, path), 'utf8')).not.toBe('');
});
