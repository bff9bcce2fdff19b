/** The examples in the documents print what stands beside them, and the documents link to files that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fillTables } from '../scripts/results/tables.mjs';
import { requireBuild } from './support/build.ts';
import { blocksOf, linksOf, printedAsSaid, printedBy } from './support/markdown.ts';

requireBuild();

const folder = join(import.meta.dirname, '../docs');
const documents = readdirSync(folder).filter((name) => name.endsWith('.md'));

describe.each(documents)('docs/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');

  test('links to files that exist', () => {
    expect(linksOf(text).filter((path) => !existsSync(join(folder, path)))).toEqual([]);
  });

  test.each(blocksOf(text, 'js').map((code) => ({ code })))('has examples that print what it says', async ({ code }) => {
    expect(await printedBy(code)).toEqual(printedAsSaid(code));
  });
});

test('the tables of docs/results.md are those of the reports beside it', () => {
  const text = readFileSync(join(folder, 'results.md'), 'utf8');
  const reportOf = (name: string) => JSON.parse(readFileSync(join(folder, 'results', name, 'report.json'), 'utf8'));
  expect(fillTables(text, reportOf)).toBe(text);
});
