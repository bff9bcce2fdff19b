/** Concepts and saved bases on the command line. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from '@cdam/cli';
import { parseBasis } from 'cdam';
import { expect, test } from 'vitest';
import { cosine, goldenPath } from '../support/golden.ts';
import { astronaut, cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();

function parse(json: string): Report {
  return JSON.parse(json) as Report;
}

test('a concept made from pictures is explained by several methods', async () => {
  const coffee = goldenPath('images/coffee.png');
  const shared = ['--model', smallModel, '--backend', 'reference'];
  const made = await cdam(folder.path, ['concept', 'make', astronaut, '--not', coffee, '-o', 'space.concept.safetensors', ...shared]);
  expect(made).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('"space" of 1 and against 1 pictures') });
  const methods = ['cdam', 'smooth-cdam', 'relevance'].flatMap((method) => ['--method', method]);
  const args = ['explain', astronaut, '--concept', 'space.concept.safetensors', ...methods, '--seed', '3', '--samples', '4', '--json', '-'];
  const { code, stdout } = await cdam(folder.path, [...args, ...shared]);
  expect(code).toBe(0);
  const maps = parse(stdout).images[0]?.maps ?? [];
  expect(maps.map(({ method, target }) => [method, target])).toEqual(
    ['cdam', 'smooth-cdam', 'relevance'].map((method) => [method, { kind: 'concept', name: 'space' }]),
  );
  const near = await cdam(folder.path, [...args.slice(0, 4), '--similarity', 'cosine', '--json', 'near.json', '--out', 'near', ...shared]);
  const nearness = parse(await readFile(join(folder.path, 'near.json'), 'utf8')).images[0]?.maps[0]?.similarity;
  expect(near.stdout).toContain(`\n  concept space: cosine ${nearness?.value.toPrecision(3)}\n`);
  expect(maps.map(({ similarity }) => similarity?.kind)).toEqual(['dot', 'dot', 'dot']);
  // The dot product is the cosine times two lengths, so both have one sign.
  for (const { similarity } of maps) expect((similarity?.value ?? 0) * (nearness?.value ?? 0)).toBeGreaterThan(0);
  expect(nearness?.kind).toBe('cosine');
  expect(Math.abs(nearness?.value ?? 2)).toBeLessThanOrEqual(1);
  const other = await cdam(folder.path, [...args, '--backend', 'reference', '--model', goldenPath('vit-registers-f16')]);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/^cdam: concept "space" was made with other weights [^\n]*\n$/);
});

test('an option that none of the methods has is an error', async () => {
  const { code, stderr } = await cdam(folder.path, ['explain', astronaut, '--model', smallModel, '--samples', '9']);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'cdam: --samples: frozen-gates has no such option; it is for smooth-cdam, smoothgrad\n',
  });
});

test('a saved basis gives the map of a class that was not asked for', async () => {
  const args = ['explain', astronaut, '--model', smallModel, '--backend', 'reference', '--target', '5', '--json', '-'];
  const { stdout } = await cdam(folder.path, [...args, '--save-basis', '--method', 'ledger', '--out', 'basis', '--target', '6']);
  const basis = parseBasis(new Uint8Array(await readFile(join(folder.path, 'basis', 'astronaut.basis.safetensors'))));
  const [five, six] = parse(stdout).images[0]?.maps ?? [];
  expect(cosine(basis.map(5).scores, five?.scores ?? [])).toBeGreaterThan(0.99999);
  expect(cosine(basis.map(6, 'logit').scores, six?.scores ?? [])).toBeGreaterThan(0.99999);
});
