/** Every example in the README of a package runs as it stands, and the table of options in that of cdam is made from the registry. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { METHODS } from 'cdam';
import { describe, expect, test } from 'vitest';
import { cdam, scratchFolder } from './cli/command.ts';
import { blocksOf, linksOf, printedAsSaid, printedBy } from './support/markdown.ts';

const root = join(import.meta.dirname, '..');
const scratch = scratchFolder();

/** The public packages, by the names of their folders. */
const packages = readdirSync(join(root, 'packages')).filter((name) => {
  const manifest = join(root, 'packages', name, 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).private !== true;
});
const described = packages.filter((name) => existsSync(join(root, 'packages', name, 'README.md')));

function readmeOf(name: string): string {
  return readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
}

test('every public package has a README', () => {
  // Those of tensor and kernels are checked beside their own tests.
  expect(packages.filter((name) => !described.includes(name) && name !== 'tensor' && name !== 'kernels')).toEqual([]);
  expect(described).toEqual(expect.arrayContaining(['vit', 'cdam', 'evaluation', 'cli']));
});

describe.each(described)('the README of packages/%s', (name) => {
  const readme = readmeOf(name);
  const examples = blocksOf(readme, 'js');

  test('has an example, and says what the package does not know and where to begin reading', () => {
    expect([...examples, ...(name === 'cli' ? blocksOf(readme, 'sh') : [])]).not.toEqual([]);
    for (const heading of ['What it does not know', 'Where to begin reading']) expect(readme).toContain(`\n## ${heading}\n`);
  });

  test('links to files that exist', () => {
    const missing = linksOf(readme).filter((path) => !existsSync(join(root, 'packages', name, path)));
    expect(missing).toEqual([]);
  });

  test.each(examples.map((code) => ({ code })))('has examples that run', async ({ code }) => {
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(12);
    expect(await printedBy(code)).toEqual(printedAsSaid(code));
  });
});

test('the commands in the README of packages/cli run', async () => {
  await cp(join(root, 'models/bundled'), join(scratch.path, 'models/bundled'), { recursive: true });
  const commands = blocksOf(readmeOf('cli'), 'sh').flatMap((code) => code.trim().split('\n'));
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('cdam');
    expect(await cdam(scratch.path, args), command).toMatchObject({ code: 0, stderr: '' });
  }
  const written = ['maps/example-sheet.png', 'maps.json', 'report/report.html'].map((file) => join(scratch.path, file));
  expect(written.filter((file) => !existsSync(file))).toEqual([]);
});

test('the table of options in the README of packages/cdam is that of the registry', () => {
  const rows = METHODS.flatMap(({ name, options }) =>
    Object.entries(options).map(([option, { wanted, fallback, summary }]) => {
      const byDefault = fallback === undefined ? '–' : `\`${fallback}\``;
      return `| \`${name}\` | \`${option}\` | ${wanted} | ${byDefault} | ${summary} |`;
    }),
  );
  const table = ['| method | option | values | default | what it does |', '|---|---|---|---|---|', ...rows, ''].join('\n');
  expect(readmeOf('cdam')).toContain(table);
});
