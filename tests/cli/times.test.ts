/** `cdam explain --times` says what each method costs alone. */
import { expect, test } from 'vitest';
import { astronaut, cdam, scratchFolder, smallModel } from './command.ts';

const folder = scratchFolder();

test('the times of all methods that are asked for follow the explanation of the first picture, beside a forward pass', async () => {
  const methods = ['--method', 'cdam', '--method', 'frozen-gates', '--from', 'log-odds'];
  const args = ['explain', astronaut, astronaut, '--model', smallModel, '--backend', 'wasm', ...methods, '--times', '--out', 'maps'];
  const { code, stdout, stderr } = await cdam(folder.path, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/^alone, one target +ms +range +× forward$/gm)).toHaveLength(1);
  for (const name of ['forward pass', 'cdam', 'frozen-gates'])
    expect(stdout).toMatch(new RegExp(`^${name} +[\\d.]+ +[\\d.]+–[\\d.]+ +[\\d.]+$`, 'm'));
  const ratio = Number(/^frozen-gates .* ([\d.]+)$/m.exec(stdout)?.[1]);
  expect(ratio).toBeGreaterThan(1);
});

test('without the flag there are none', async () => {
  const { stdout } = await cdam(folder.path, ['explain', astronaut, '--model', smallModel, '--backend', 'wasm', '--out', 'maps']);
  expect(stdout).not.toContain('alone');
});
