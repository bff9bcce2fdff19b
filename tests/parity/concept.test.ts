/** Concepts as targets, and their files, which belong to one model. */
import { createReferenceBackend } from '@cdam/tensor';
import { writeSafetensors } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { cdam, conceptTarget, look, makeConcept, readConcept, saveConcept } from 'cdam';
import { describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { cosine, goldenPath, readPicture, relativeError } from '../support/golden.ts';

const photo = async (name: string) => await readPicture(goldenPath(`images/${name}.png`));

describe.each(backends)('a concept, on $name', ({ open }) => {
  it('is the mean latent of its pictures minus that of the others', async () => {
    const backend = await open();
    const vit = await loadVit(goldenPath('vit-small-f32'), { backend });
    const views = look(vit, await Promise.all(['astronaut', 'coffee', 'chelsea'].map(photo)));
    const latents = await Promise.all(views.map(async (view) => await view.latent().data()));
    const [one, two, three] = latents.map((latent) => Array.from(latent)) as [number[], number[], number[]];
    const concept = await makeConcept('contrast', views.slice(0, 2), views.slice(2));
    const expected = one.map((value, j) => (value + (two[j] ?? 0)) / 2 - (three[j] ?? 0));
    expect(relativeError(concept.vector, expected)).toBeLessThan(1e-5);
    // The gradient of the cosine is orthogonal to the latent, that of the product is the concept itself, so the maps differ a little.
    const [view] = views as [(typeof views)[number]];
    const dot = await cdam(view, await conceptTarget(vit, concept));
    const angle = await cdam(view, await conceptTarget(vit, concept, 'cosine'));
    expect(dot.target).toEqual({ kind: 'concept', name: 'contrast' });
    expect(cosine(dot.scores, angle.scores)).toBeLessThan(0.99999);
    expect(concept.fingerprint).toBe(
      await (await loadVit(goldenPath('vit-small-f32'), { backend: createReferenceBackend() })).fingerprint(),
    );
    backend.dispose();
  });
});

describe('a concept file', () => {
  it('is refused with another model, and when it is not a concept', async () => {
    const backend = createReferenceBackend();
    const vit = await loadVit(goldenPath('vit-registers-f16'), { backend });
    const concept = await makeConcept('coffee', [look(vit, await photo('coffee'))]);
    expect(readConcept(saveConcept(concept))).toEqual(concept);
    const other = await loadVit(goldenPath('vit-small-f32'), { backend });
    await expect(conceptTarget(other, concept)).rejects.toThrow('concept "coffee" was made with other weights');
    expect(() => readConcept(writeSafetensors([{ name: 'concept', dtype: 'F32', shape: [1], data: Float32Array.of(1) }]))).toThrow(
      'is not a concept',
    );
    expect(() => readConcept(saveConcept({ ...concept, vector: Float32Array.of(Number.NaN) }))).toThrow('not finite');
  });
});
