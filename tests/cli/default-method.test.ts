/** What `cdam explain` takes when no method is asked for. */
import type { Report } from '@cdam/cli';
import { expect, test } from 'vitest';
import { goldenPath } from '../support/golden.ts';
import { astronaut, cdam, scratchFolder } from './command.ts';

const folder = scratchFolder();

test.each([
  ['vit-small-f32', 'frozen-gates'],
  ['vit-mean-pooled', 'frozen-gates'],
])('nobody asks for a method, and %s is explained by %s', async (model, method) => {
  const args = ['explain', astronaut, '--model', goldenPath(model), '--backend', 'reference', '--json', '-'];
  const { code, stdout } = await cdam(folder.path, args);
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as Report).images[0]?.maps.map((map) => map.method)).toEqual([method]);
});
