/** Equal seeds give equal maps, on every backend and whichever pictures are looked at together. */
import { loadVit } from '@cdam/vit/node';
import { explain, look, type View } from 'cdam';
import { expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readPicture, relativeError } from '../support/golden.ts';

const MODEL = 'vit-small-f32';
const NAMES = ['astronaut', 'coffee', 'chelsea'];

async function smoothMap(view: View): Promise<Float32Array> {
  const [map] = await explain(view, 'smooth-cdam', [5], { seed: 11, samples: 20 });
  return map?.scores ?? new Float32Array();
}

it('Smooth CDAM of a seed is the same on every backend and in every batch', async () => {
  const photos = await Promise.all(NAMES.map((name) => readPicture(goldenPath(`images/${name}.png`))));
  const found: Float32Array[][] = [];
  for (const { open } of backends) {
    const backend = await open();
    const vit = await loadVit(goldenPath(MODEL), { backend });
    const alone: Float32Array[] = [];
    for (const photo of photos) {
      using view = look(vit, photo);
      alone.push(await smoothMap(view));
    }
    for (const [i, view] of look(vit, photos).entries()) {
      expect(await smoothMap(view)).toEqual(alone[i]);
      view.dispose();
    }
    found.push(alone);
    backend.dispose();
  }
  const [first = [], ...others] = found;
  for (const maps of others) for (const [i, map] of maps.entries()) expect(relativeError(map, first[i] ?? [])).toBeLessThan(1e-5);
});
