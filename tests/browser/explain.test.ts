/** A whole explanation in a real browser, from the fetched files of a model to the maps, compared with PyTorch. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goldenPath, readGolden, relativeError } from '../support/golden.ts';
import { runInBrowser } from './launch.ts';

interface Explained {
  readonly backend: string;
  readonly logits: readonly number[];
  readonly attention: readonly number[];
  readonly maps: readonly (readonly number[])[];
}

test('the browser explains a photo as PyTorch does', async () => {
  const golden = await readGolden(goldenPath('vit-small-f32/expected.json'));
  const classes = Object.entries(golden.classes ?? {});
  const files = {
    '/model.safetensors': goldenPath('vit-small-f32/model.safetensors'),
    '/config.json': goldenPath('vit-small-f32/config.json'),
    '/photo.png': goldenPath(`images/${golden.image}`),
  };
  const indices = classes.map(([index]) => Number(index));
  const result = (await runInBrowser(join(import.meta.dirname, 'explain.entry.ts'), indices, { files })) as unknown as Explained;
  expect(result.backend).toBe('webgpu');
  expect(relativeError(result.logits, golden.logits ?? [])).toBeLessThan(1e-4);
  expect(relativeError(result.attention, golden.attention ?? [])).toBeLessThan(2e-4);
  for (const [i, [, maps]] of classes.entries()) expect(relativeError(result.maps[i] ?? [], maps.cdam)).toBeLessThan(2e-4);
});
