/** The reference of the packages is made without a warning: no link leads nowhere, and no type is shown that cannot be imported. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('npm run docs has nothing to warn of', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/docs/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(`${stdout}${stderr}`).not.toMatch(/\[(warning|error)\]/);
  expect(status).toBe(0);
});
