/** Every program of the repository says what it does, and refuses what it does not know. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readArguments } from '../../scripts/lib/program.mjs';
import { chooseTests } from '../../scripts/lib/test-choice.mjs';
import { requireBuild } from '../support/build.ts';

requireBuild('models/dist');

const root = join(import.meta.dirname, '../..');

/** Files that others import, and no programs. */
const MODULES = ['scripts/webgpu-driver.mjs'];

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);
}

function start(
  command: string,
  ...args: readonly string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const [file = '', ...rest] = command.split(' ');
  return spawnSync(process.execPath, [join(root, file), ...rest, ...args], { encoding: 'utf8', cwd: root });
}

/** The benchmarks, as the program that starts them names them. */
function benchmarks(): string[] {
  return Array.from(start('bench/run.mjs', '--help').stdout.matchAll(/node (bench\/run\.mjs \w+) --help/g), ([, command = '']) => command);
}

const commands: readonly string[] = [
  ...['scripts', 'scripts/docs', 'packages/kernels/scripts', 'bench/portable'].flatMap((folder) => filesIn(folder, '.mjs')),
  ...filesIn('models/src', '.ts')
    .filter((path) => readFileSync(join(root, path), 'utf8').includes('\nawait runProgram('))
    .map((path) => path.replace('/src/', '/dist/').replace(/ts$/, 'js')),
  'bench/run.mjs',
  ...benchmarks(),
].filter((path) => !MODULES.includes(path));

test('the programs of every folder are found', () => {
  for (const command of ['scripts/test.mjs', 'models/dist/train.js', 'bench/run.mjs main']) expect(commands).toContain(command);
});

describe.each(commands)('%s', (command) => {
  test('says with --help what it does, how it is called, and an example', () => {
    const { status, stdout, stderr } = start(command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [summary = '', empty, usage] = stdout.split('\n');
    expect(summary).toMatch(/^[A-Z].*\S\.$/);
    expect(empty).toBe('');
    expect(usage).toMatch(/^usage: (npm|node) /);
    expect(stdout).toMatch(/\n\nexample:\n {2}\S/);
  });

  test('refuses an option that it does not have with exit code 2', () => {
    const { status, stdout, stderr } = start(command, '--no-such-option');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^Unknown option '--no-such-option'\nusage: /);
  });
});

describe('readArguments', () => {
  const program = {
    command: 'node x.mjs',
    summary: 'Does a thing.',
    options: {
      count: { type: 'string', value: 'n', default: '3', help: 'how many' },
      kind: { type: 'string', choices: ['a', 'b'], help: 'which' },
      loud: { type: 'boolean', short: 'l', help: 'say more' },
    },
    examples: ['node x.mjs --count 4'],
  } as const;

  test('gives what was said, and the default of what was not', () => {
    expect(readArguments(program, ['-l', '--kind', 'b'])).toEqual({ values: { count: '3', kind: 'b', loud: true }, positionals: [] });
  });
});

describe('npm test -- <what>', () => {
  test('takes part of a path for files', () => {
    expect(chooseTests(root, ['packages/vit'])).toEqual({ choices: [{ filters: ['packages/vit'] }], unknown: [] });
  });

  test('takes the name of an operation or kernel for the tests that say it, in the packages that have it', () => {
    const { choices, unknown } = chooseTests(root, ['layer-norm']);
    expect(unknown).toEqual([]);
    const [choice] = choices;
    expect(choice?.filters.toSorted()).toEqual(['packages/kernels/', 'packages/tensor/']);
    expect('layerNorm of [2, 3]').toMatch(new RegExp(choice?.name ?? '$.'));
  });

  test('refuses a word that nothing is named by', () => {
    expect(chooseTests(root, ['no-such-thing']).unknown).toEqual(['no-such-thing']);
    expect(start('scripts/test.mjs', 'no-such-thing')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^no test file and no source is named no-such-thing\n/),
    });
  });
});
