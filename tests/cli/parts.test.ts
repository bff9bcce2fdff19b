/** `cdam explain --method ledger --by block|head` shows, prints and writes what each block or head read; `--basis-rank` what a smaller file costs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@cdam/cli';
import { parseBasis } from 'cdam';
import { expect, test } from 'vitest';
import { relativeError } from '../support/golden.ts';
import { astronaut, cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();
const about = ['explain', astronaut, '--model', smallModel, '--backend', 'reference', '--target', '6', '--no-photo'];

test.each([
  ['block', 4],
  ['head', 12],
] as const)('--by %s: a sheet, the shares and their sum', async (by, count) => {
  const places = ['--out', by, '--json', `${by}.json`];
  const { code, stdout } = await cdam(folder.path, [...about, '--method', 'cdam', '--method', 'ledger', '--by', by, ...places]);
  expect(code).toBe(0);
  expect((await readdir(join(folder.path, by))).sort()).toEqual(
    ['astronaut-cdam-6.png', 'astronaut-ledger-6.png', `astronaut-ledger-6-${by}s.png`].sort(),
  );
  const { images }: Report = JSON.parse(await readFile(join(folder.path, `${by}.json`), 'utf8'));
  const [plain, map] = images[0]?.maps ?? [];
  expect(plain).not.toHaveProperty('parts');
  const { parts, completeness, scores = [] } = map ?? {};
  expect(parts?.shares).toHaveLength(count);
  const total = scores.map((_, i) => (parts?.shares ?? []).reduce((sum, share) => sum + (share.scores[i] ?? 0), 0));
  expect(relativeError(total, scores)).toBeLessThan(1e-6);
  expect(completeness?.sum).toBeCloseTo(images[0]?.predictions[0]?.logit ?? Number.NaN, 5);
  const logit = images[0]?.predictions[0]?.logit.toPrecision(4);
  expect(stdout).toContain(`  ledger of class 6: all parts sum to ${logit}; the logit is ${logit}\n`);
  expect(stdout).toMatch(
    /\n {4}together patches [+-]\d\.\d\d, class token [+-]\d\.\d\d, embedding [+-]\d\.\d\d, biases [+-]\d\.\d\d: \+1\.77\n/,
  );
});

test('an option that only some of the methods have is said not to be of the others', async () => {
  const methods = ['--method', 'ledger', '--method', 'finer-cam', '--method', 'attention'];
  const { code, stdout } = await cdam(folder.path, [...about, ...methods, '--from', 'log-odds', '--by', 'block', '-o', 'mixed']);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.startsWith('note '))).toEqual([
    'note     finer-cam has no --from; it explains the logit',
    'note     attention has no --from; it is the same for every class',
    'note     finer-cam has no --by',
    'note     attention has no --by',
  ]);
});

test('a basis comes with its size, and that of the head in it', async () => {
  const { stdout } = await cdam(folder.path, [...about, '--method', 'ledger', '--save-basis', '-o', 'size']);
  const { length } = await readFile(join(folder.path, 'size/astronaut.basis.safetensors'));
  // The head of 12 classes and 96 dimensions, in 32 bits.
  expect(stdout).toContain(`.basis.safetensors (${(length / 1e3).toFixed(1)} kB, of which the head is 4.7 kB)\n`);
});

test('without a model, one line says what the bundled one is', async () => {
  const { stdout } = await cdam(folder.path, ['explain', astronaut, '--backend', 'wasm', '-o', 'toy']);
  expect(stdout.match(/a toy that knows ten kinds of clothes/g)).toHaveLength(1);
  expect((await cdam(folder.path, [...about, '-o', 'own'])).stdout).not.toContain('toy that');
});

test('--by is refused where no ledger is asked for', async () => {
  const { code, stderr } = await cdam(folder.path, [...about, '--method', 'cdam', '--by', 'block']);
  expect(code).toBe(2);
  expect(stderr).toBe('cdam: --by: cdam has no such option; it is for ledger\n');
});

test('--basis-rank writes two factors, and says what that costs', async () => {
  const { code, stdout } = await cdam(folder.path, [...about, '--method', 'ledger', '--save-basis', '--basis-rank', '6', '--out', 'bases']);
  expect(code).toBe(0);
  const { reduction, method } = parseBasis(new Uint8Array(await readFile(join(folder.path, 'bases/astronaut.basis.safetensors')))).parts;
  expect([method, reduction?.rank]).toEqual(['ledger', 6]);
  const percent = (share = Number.NaN): string => `${(100 * share).toFixed(1)} %`;
  const { logit, 'log-odds': odds } = reduction?.maps ?? {};
  expect(stdout).toContain(
    `  basis of rank 6: keeps ${percent(reduction?.energy)} of the energy; error of class maps, of their largest score: ` +
      `${percent(logit?.median)} (worst ${percent(logit?.worst)}) from the logit, ${percent(odds?.median)} (worst ${percent(odds?.worst)}) from log-odds\n`,
  );
});

test.each([
  [['--basis-rank', '6'], '--basis-rank is for a file of a basis; add --save-basis'],
  [['--save-basis', '--basis-rank', '0'], '--basis-rank is a whole number from 1, not "0"'],
  [['--save-basis', '--basis-rank', '97'], '--basis-rank 97: the latent of vit-small-f32 has 96 dimensions; give at most as many'],
])('%j is refused', async (flags, message) => {
  const { code, stderr } = await cdam(folder.path, [...about, ...flags]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
