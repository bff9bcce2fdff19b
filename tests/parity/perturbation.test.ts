/** ViT-CX and TIS against PyTorch, on every backend, with the same random numbers there and here. */
import { readFile } from 'node:fs/promises';
import type { Backend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { explain, look, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readGolden, readPicture, relativeError } from '../support/golden.ts';

const MAPS = 2e-4;

/** Maps by class, by method, and by what the masks are scored by. */
type Classes = Readonly<Record<string, Readonly<Record<string, Readonly<Record<'probability' | 'logit', readonly number[]>>>>>>;

/** The options of the golden maps that are not the defaults. */
const OPTIONS = { 'vit-cx': { seed: 5 }, tis: { seed: 5, masks: 24, tokens: 0.4 } } as const;

function aboveLowest(scores: ArrayLike<number>): number[] {
  const values = Array.from(scores);
  return values.map((value) => value - Math.min(...values));
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each(['vit-small-f32', 'vit-registers-f16', 'vit-mean-pooled', 'vit-non-square'])('%s', (name) => {
    let view: View;
    let classes: Classes;
    beforeAll(async () => {
      const all = JSON.parse(await readFile(goldenPath('perturbation.json'), 'utf8')) as Record<string, { classes: Classes }>;
      classes = all[name]?.classes ?? {};
      const { image } = await readGolden(goldenPath(`${name}/expected.json`));
      view = look(await loadVit(goldenPath(name), { backend }), await readPicture(goldenPath(`images/${image}`)));
    });

    it.each(Object.keys(OPTIONS) as (keyof typeof OPTIONS)[])('%s', { timeout: 400_000 }, async (method) => {
      const indices = Object.keys(classes).map(Number);
      expect(indices).toHaveLength(2);
      const before = backend.memory().bytes;
      for (const from of ['probability', 'logit'] as const) {
        const maps = await explain(view, method, indices, { ...OPTIONS[method], from });
        for (const [i, { scores }] of maps.entries()) {
          const golden = classes[indices[i] ?? -1]?.[method]?.[from] ?? [];
          expect(relativeError(scores, golden)).toBeLessThan(MAPS);
          // Means of all masks have a level in common, so what tells patches apart is held to the same tolerance by itself.
          expect(relativeError(aboveLowest(scores), aboveLowest(golden))).toBeLessThan(MAPS);
        }
      }
      expect(backend.memory().bytes).toBe(before);
    });
  });
});
