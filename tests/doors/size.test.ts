/** What a page loads stays within its budget, and docs/size.md says what it is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { budgets, measureSizes, type Size, sizePage } from '../../scripts/lib/size.mjs';
import { requireBuild } from '../support/build.ts';

requireBuild();

let sizes: readonly Size[];
beforeAll(async () => {
  sizes = await measureSizes();
});

test.each(budgets.map(({ program, budget }, index) => [program, budget, index] as const))(
  '%s has at most %i bytes of gzip',
  (_, budget, index) => {
    expect(sizes[index]?.gzip).toBeLessThanOrEqual(budget);
  },
);

/** Versions of zlib differ by a few bytes, and a change of a line or two needs no new page. */
const TOLERANCE = 0.03;

test('docs/size.md says what is measured, to three in a hundred', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/size.md'), 'utf8');
  const numbers = (text: string): number[] => Array.from(text.matchAll(/ \d+\.\d(?= )/g), Number);
  const words = (text: string): string => text.replaceAll(/ \d+\.\d(?= )/g, '');
  const current = sizePage(sizes);
  const advice = 'docs/size.md is not what is measured: run `npm run size`';
  expect(words(page), advice).toBe(words(current));
  const written = numbers(page);
  for (const [i, number] of numbers(current).entries()) {
    expect(Math.abs((written[i] ?? 0) - number), advice).toBeLessThanOrEqual(TOLERANCE * number + 0.1);
  }
});
