/**
 * Starts the built command `cdam` as a person would, in a process and a folder of its own.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { requireBuild } from '../support/build.ts';
import { goldenPath } from '../support/golden.ts';

requireBuild();

/** The script that `node_modules/.bin/cdam` starts. */
export const commandPath: string = fileURLToPath(new URL('../../packages/cli/bin/cdam.js', import.meta.url));

/** How a command ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds after which a process is killed; it then has no exit code. */
const PATIENCE = 100_000;

/** Runs `cdam` to its end. */
export function cdam(folder: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const options = { cwd: folder, env: { ...process.env, ...environment }, timeout: PATIENCE, maxBuffer: 2 ** 28 };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [commandPath, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

/** A folder for the tests of one file, removed after them. */
export function scratchFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeAll(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'cdam-cli-'));
  });
  afterAll(async () => {
    await rm(folder.path, { recursive: true, force: true });
  });
  return folder;
}

/** The small golden model; its classes have no names. */
export const smallModel: string = goldenPath('vit-small-f32');

/** A photo. */
export const astronaut: string = goldenPath('images/astronaut.png');

/** Names for the twelve classes of the small model. */
export const LABELS: readonly string[] = [
  'tench, Tinca tinca',
  'goldfish',
  'tabby, tabby cat',
  'espresso',
  'baseball',
  'basketball',
  'shopping basket',
  'space shuttle',
  'church bell',
  'Crème brûlée',
  'rugby ball',
  'violin',
];

/** Copies the small model to `path`, with labels and with other changes of its config.json. */
export async function makeLabelledModel(path: string, changes: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await cp(smallModel, path, { recursive: true });
  const file = join(path, 'config.json');
  const config: unknown = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify(Object.assign({}, config, { label_names: LABELS }, changes)));
}
