/** The table of methods in the README is that of the registry, and its example runs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { METHODS } from 'cdam';
import { expect, test } from 'vitest';
import { requireBuild } from './support/build.ts';
import { blocksOf, printedBy } from './support/markdown.ts';

requireBuild();

const root = join(import.meta.dirname, '..');

test('the table of methods is that of the registry', async () => {
  const rows = METHODS.map(({ name, summary, needs, cost, classSpecific, sign }) => {
    const kind = `${sign}${classSpecific ? '' : ', of no class'}`;
    return `| \`${name}\` | ${summary} | ${kind} | ${needs} | ${cost} |`;
  });
  const table = ['| method | what | scores | needs | cost |', '|---|---|---|---|---|', ...rows].join('\n');
  expect(await readFile(join(root, 'README.md'), 'utf8')).toContain(table);
});

test('the library example of the README runs and prints a class and where it is seen', async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [example] = blocksOf(readme, 'js');
  if (example === undefined) throw new Error('README.md has no ```js block');
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(12);
  expect(await printedBy(example)).toMatch(/^\S.* \d\.\d+\nstrongest patch: \d+\n$/);
});
