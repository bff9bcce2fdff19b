/** The explanation basis in a file, and views of several pictures together, on every backend. */
import type { Backend } from '@cdam/tensor';
import { framingOf, type VisionTransformer, writeSafetensors } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { basisOf, cdam, look, parseBasis, saveBasis } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readPicture, relativeError } from '../support/golden.ts';

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  let vit: VisionTransformer;
  beforeAll(async () => {
    backend = await open();
    vit = await loadVit(goldenPath('vit-small-f32'), { backend });
  });
  afterAll(() => backend.dispose());

  it('a saved basis explains any target without the model', async () => {
    using view = look(vit, await readPicture(goldenPath('images/astronaut.png')));
    const wanted = { logit: await cdam(view, 5), probability: await cdam(view, 5, { from: 'probability' }) };
    for (const [dtype, tolerance] of [
      ['F32', 1e-5],
      ['F16', 1e-3],
    ] as const) {
      const basis = parseBasis(saveBasis(await basisOf(view), { dtype }));
      expect(basis.grid).toEqual(view.grid);
      expect(basis.parts.framing).toEqual(framingOf(vit.config));
      const [best] = await view.predictions(1);
      expect(basis.predictions(1)[0]?.index).toBe(best?.index);
      expect(relativeError(basis.map(5).scores, wanted.logit.scores)).toBeLessThan(tolerance);
      expect(relativeError(basis.map(5, 'probability').scores, wanted.probability.scores)).toBeLessThan(tolerance);
      const margin = Array.from(basis.latent, (_, j) => (j === 3 ? 1 : 0));
      expect(basis.mapOfGradient('latent 3', margin).scores.length).toBe(64);
    }
  });

  it('a view is the same when several pictures are looked at together', async () => {
    const photos = await Promise.all(['astronaut', 'coffee', 'chelsea'].map((name) => readPicture(goldenPath(`images/${name}.png`))));
    for (const memory of [2 ** 28, 1]) {
      for (const [i, view] of look(vit, photos, { memory }).entries()) {
        const [photo] = photos.slice(i);
        if (photo === undefined) throw new Error('there are more views than photos');
        using alone = look(vit, photo);
        expect(await view.stream.data()).toEqual(await alone.stream.data());
        view.dispose();
      }
    }
  });
});

describe('a file that is not a basis', () => {
  it('is refused with a reason', () => {
    const tensors = [{ name: 'basis', dtype: 'F32', shape: [1, 1], data: Float32Array.of(1) }] as const;
    expect(() => parseBasis(writeSafetensors(tensors))).toThrow('the file is not an explanation basis');
    const metadata = { format: 'cdam-basis-1', grid: '[1,1]', classes: '{"classes":0,"multiLabel":false}' };
    expect(() => parseBasis(writeSafetensors(tensors, metadata))).toThrow('the tensor "latent" is missing');
    expect(() => parseBasis(writeSafetensors(tensors, { ...metadata, grid: 'x' }))).toThrow('has no grid');
    expect(() => parseBasis(writeSafetensors(tensors, { ...metadata, classes: '{' }))).toThrow('the classes of a basis');
  });
});
