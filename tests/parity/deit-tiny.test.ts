/**
 * DeiT-Ti/16 with its ImageNet weights on photos, compared with PyTorch. Weights and photos are too large for the repository: the test runs
 * where they are in ../shared beside the checkout, and is reported as skipped elsewhere.
 */
import { readFile } from 'node:fs/promises';
import type { Backend } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { attentionMap, cdam, conceptTarget, explain, look, makeConcept, readConcept, resolveTargets, saveConcept } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { cosine, goldenPath, readGolden, readPicture, relativeError, sharedPath } from '../support/golden.ts';

/** The contents of tests/golden/deit-tiny/concept.json. */
interface ConceptGolden {
  readonly image: string;
  readonly concept_images: readonly string[];
  readonly concept: readonly number[];
  readonly cdam: readonly number[];
}

const model = sharedPath('models/deit-tiny');
const images = sharedPath('images');

describe.skipIf(model === undefined || images === undefined).each(backends)('DeiT-Ti on $name', ({ open }) => {
  let backend: Backend;
  let vit: VisionTransformer;
  beforeAll(async () => {
    backend = await open();
    vit = await loadVit(model ?? '', { backend });
  });
  afterAll(() => backend.dispose());

  // Libraries decode a JPEG to slightly different bytes, so its maps are compared by their cosine.
  it.each(['chelsea.png', 'balls.jpg', 'elephant-zebra.jpg'])('explains %s as PyTorch does', async (image) => {
    const golden = await readGolden(goldenPath(`deit-tiny/${image}.json`));
    const isExact = image.endsWith('.png');
    const expectMap = (scores: Float32Array, expected: readonly number[]): void => {
      if (isExact) expect(relativeError(scores, expected)).toBeLessThan(2e-4);
      else expect(cosine(scores, expected)).toBeGreaterThan(0.999);
    };
    using view = look(vit, await readPicture(`${images}/${image}`));
    if (isExact) expect(relativeError(await view.logits(), golden.logits ?? [])).toBeLessThan(1e-4);
    expectMap((await attentionMap(view)).scores, golden.attention ?? []);
    const expected = Object.entries(golden.classes ?? {});
    const classes = expected.map(([index]) => Number(index));
    const logit = await explain(view, 'cdam', classes);
    const probability = await explain(view, 'cdam', classes, { from: 'probability' });
    for (const [i, [, maps]] of expected.entries()) {
      expectMap(logit[i]?.scores ?? new Float32Array(), maps.cdam);
      expectMap(probability[i]?.scores ?? new Float32Array(), maps.cdam_from_probability ?? []);
    }
  });

  it('explains a concept as PyTorch does', async () => {
    const golden = JSON.parse(await readFile(goldenPath('deit-tiny/concept.json'), 'utf8')) as ConceptGolden;
    const examples = await Promise.all(golden.concept_images.map(async (image) => look(vit, await readPicture(`${images}/${image}`))));
    const concept = readConcept(saveConcept(await makeConcept('given', examples)));
    expect(cosine(concept.vector, golden.concept)).toBeGreaterThan(0.999);
    using view = look(vit, await readPicture(`${images}/${golden.image}`));
    expect(cosine((await cdam(view, await conceptTarget(vit, concept))).scores, golden.cdam)).toBeGreaterThan(0.999);
    for (const example of examples) example.dispose();
  });

  it('finds the baseball on one side of the picture and the basketball on the other', async () => {
    using view = look(vit, await readPicture(`${images}/balls.jpg`));
    const maps = await explain(view, 'cdam', await resolveTargets(view, ['baseball', 'basketball']));
    const centres = maps.map(({ scores, grid: [, columns] }) => {
      const positive = scores.map((score) => Math.max(score, 0));
      return positive.reduce((sum, score, i) => sum + score * ((i % columns) + 0.5), 0) / positive.reduce((a, b) => a + b) / columns;
    });
    expect(Math.abs((centres[0] ?? 0) - (centres[1] ?? 0))).toBeGreaterThan(0.3);
  });
});
