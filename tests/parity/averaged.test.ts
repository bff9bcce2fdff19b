/** Smooth and Integrated CDAM, compared with PyTorch on every backend. */
import { type Backend, createReferenceBackend, Random, sub, type Tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { cdam, completeScores, explain, look, smoothCdamScores, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { type Golden, goldenPath, readGolden, readPicture, readTensors, relativeError } from '../support/golden.ts';

const MAPS = 2e-4;

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each(['vit-small-f32', 'vit-registers-f16'])('%s', (name) => {
    let vit: VisionTransformer;
    let view: View;
    let golden: Golden;
    let classes: [number, NonNullable<Golden['classes']>[string]][];

    beforeAll(async () => {
      golden = await readGolden(goldenPath(`${name}/expected.json`));
      vit = await loadVit(goldenPath(name), { backend });
      view = look(vit, await readPicture(goldenPath(`images/${golden.image}`)));
      classes = Object.entries(golden.classes ?? {}).map(([index, maps]) => [Number(index), maps]);
    });

    it('Smooth CDAM with the noise that PyTorch had', async () => {
      const noise = (await readTensors(goldenPath(`${name}/noise.safetensors`))).get('noise') ?? new Float32Array();
      let next = 0;
      const normals = (length: number): Float32Array => {
        next += length;
        return noise.slice(next - length, next);
      };
      const samples = noise.length / view.stream.size;
      const targets = classes.map(([index]) => index);
      using scores = tidy(backend, () =>
        smoothCdamScores(view, targets, { from: 'logit', samples, noise: 0.05, variant: 'block-input' }, normals),
      );
      const values = await scores.data();
      const patches = values.length / targets.length;
      for (const [i, [, expected]] of classes.entries()) {
        const row = values.slice(i * patches, (i + 1) * patches);
        expect(relativeError(row, expected.smooth_cdam_given_noise ?? [])).toBeLessThan(MAPS);
      }
    });

    it('Smooth CDAM is the same for the same seed, and is CDAM without noise', async () => {
      const [[index]] = classes as [(typeof classes)[number]];
      const [first, again, other] = await Promise.all(
        [1, 1, 2].map(async (seed) => (await explain(view, 'smooth-cdam', [index], { seed, samples: 5 }))[0]?.scores),
      );
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
      const [quiet] = await explain(view, 'smooth-cdam', [index], { noise: 0, samples: 3, variant: 'norm1' });
      expect(relativeError(quiet?.scores ?? [], (await cdam(view, index)).scores)).toBeLessThan(1e-5);
    });

    it('Integrated CDAM as in the authors’ package', async () => {
      const maps = await explain(
        view,
        'integrated-cdam',
        classes.map(([index]) => index),
      );
      for (const [i, [, expected]] of classes.entries())
        expect(relativeError(maps[i]?.scores ?? [], expected.integrated_cdam ?? [])).toBeLessThan(MAPS);
    });

    it('the complete variant gives the sum of its scores, and refuses scores with a wrong sum', async () => {
      const targets = classes.map(([index]) => index);
      for (const { completeness, scores } of await explain(view, 'integrated-cdam', targets, { variant: 'complete' })) {
        const { sum = Number.NaN, difference = Number.NaN } = completeness ?? {};
        expect(Math.abs(sum - difference)).toBeLessThan(1e-3 * Math.max(...scores.map(Math.abs)));
      }
      const [plain] = await explain(view, 'integrated-cdam', targets);
      expect(plain?.completeness).toBeUndefined();
      for (const steps of [2, 3])
        await expect(explain(view, 'integrated-cdam', targets, { variant: 'complete', steps })).rejects.toThrow('take more steps');
      for (const variant of ['complete', 'norm1', 'block-input'] as const)
        for (const steps of [-3, 0, 1, 2.5])
          await expect(explain(view, 'integrated-cdam', targets, { variant, steps })).rejects.toThrow('give a whole number from 2');
    });

    it('the scores of all tokens in the complete variant sum to the difference that all tokens make', async () => {
      const targets = classes.map(([index]) => index);
      using scores = completeScores(view, targets, 'logit', 50);
      const values = await scores.data();
      const tokens = values.length / targets.length;
      using difference = tidy(backend, () => {
        const { lastBlock } = vit;
        const after = (T: Tensor): Tensor => vit.classify(vit.latent(lastBlock.transform(lastBlock.attend(view.stream, T))));
        const full = view.tokens();
        return sub(after(full), after(sub(full, full)));
      });
      const made = await difference.data();
      for (const [i, [index, expected]] of classes.entries()) {
        const row = values.slice(i * tokens, (i + 1) * tokens);
        expect(relativeError(row, expected.integrated_cdam_token_all ?? [])).toBeLessThan(MAPS);
        expect(Math.abs(row.reduce((a, b) => a + b) - (made[index] ?? Number.NaN))).toBeLessThan(1e-3 * Math.max(...row.map(Math.abs)));
      }
    });
  });
});

it('Smooth CDAM varies less between seeds than with independent noise, around the same mean', async () => {
  const backend = createReferenceBackend();
  const vit = await loadVit(goldenPath('vit-small-f32'), { backend });
  using view = look(vit, await readPicture(goldenPath('images/astronaut.png')));
  const options = { from: 'logit', samples: 20, noise: 0.05, variant: 'block-input' } as const;
  const seeds = Array.from({ length: 24 }, (_, seed) => seed);
  const independent = await Promise.all(
    seeds.map(async (seed) => {
      const random = new Random(seed);
      using scores = tidy(backend, () => smoothCdamScores(view, [5], options, (length) => random.normals(length)));
      return await scores.data();
    }),
  );
  const stratified = await Promise.all(
    seeds.map(
      async (seed) => (await explain(view, 'smooth-cdam', [5], { samples: options.samples, seed }))[0]?.scores ?? new Float32Array(),
    ),
  );
  const [ofIndependent, ofStratified] = [spread(independent), spread(stratified)];
  expect(ofStratified.variance).toBeLessThan(0.7 * ofIndependent.variance);
  // The means of the seeds differ by no more than their own uncertainty.
  const between = ofStratified.means.map((mean, i) => (mean - (ofIndependent.means[i] ?? Number.NaN)) ** 2);
  const expected = (ofIndependent.variance + ofStratified.variance) / seeds.length;
  expect(between.reduce((a, b) => a + b, 0) / between.length).toBeLessThan(2 * expected);
  backend.dispose();
});

/** The mean of each score over some maps, and the variance of a score, averaged over all scores. */
function spread(maps: readonly Float32Array[]): { means: number[]; variance: number } {
  const [first = new Float32Array()] = maps;
  const means = Array.from(first, (_, i) => maps.reduce((sum, map) => sum + (map[i] ?? 0), 0) / maps.length);
  const squares = maps.map((map) => means.reduce((sum, mean, i) => sum + ((map[i] ?? Number.NaN) - mean) ** 2, 0) / means.length);
  return { means, variance: squares.reduce((a, b) => a + b, 0) / (maps.length - 1) };
}
