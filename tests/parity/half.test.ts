/**
 * Models with weights in half precision. Computation with the rounded weights is as exact as in 32 bits; the effect of the rounding is
 * measured by comparison with PyTorch's values for weights in 32 bits. The tolerances are those that `LoadOptions.weights` states.
 */
import { describeNodeAdapter, openWebGpuNode } from '@cdam/kernels/node';
import { type Backend, createReferenceBackend, narrowHalf, widenHalf } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { attentionMap, explain, look, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Golden, goldenPath, readGolden, readPicture, relativeError, sharedPath } from '../support/golden.ts';

/** Largest errors, relative to the largest value. */
interface Tolerance {
  readonly logits: number;
  readonly maps: number;
}

/** For weights that half precision holds exactly, the same tolerances as with weights in 32 bits. */
const EXACT: Tolerance = { logits: 1e-4, maps: 2e-4 };
const SMALL: Tolerance = { logits: 2e-3, maps: 1e-2 };
const TRAINED: Tolerance = { logits: 5e-4, maps: 5e-3 };

const { name: adapter, features } = await describeNodeAdapter({ half: true });
const missing = features.includes('shader-f16') ? '' : `, which ${adapter} lacks`;
const deit = sharedPath('models/deit-tiny');
const photos = sharedPath('images');

/** The reference backend with an `uploadHalf` that rounds to half precision and keeps 32-bit numbers. */
function roundingBackend(): Backend {
  const backend = createReferenceBackend();
  return Object.assign(backend, { uploadHalf: (data: Float32Array) => backend.upload(widenHalf(narrowHalf(data))) });
}

/** The logits and maps of a view, in the form of golden values. */
async function valuesOf(view: View, image: string, classes: readonly number[]): Promise<Golden> {
  const logit = await explain(view, 'cdam', classes);
  const probability = await explain(view, 'cdam', classes, { from: 'probability' });
  const scores = (maps: typeof logit, i: number): number[] => [...(maps[i]?.scores ?? [])];
  return {
    image,
    grid: view.grid,
    logits: [...(await view.logits())],
    attention: [...(await attentionMap(view)).scores],
    classes: Object.fromEntries(classes.map((c, i) => [c, { cdam: scores(logit, i), cdam_from_probability: scores(probability, i) }])),
  };
}

async function expectNear(view: View, golden: Golden, { logits, maps }: Tolerance): Promise<void> {
  const classes = Object.entries(golden.classes ?? {});
  const indices = classes.map(([index]) => Number(index));
  const [logit, probability] = [await explain(view, 'cdam', indices), await explain(view, 'cdam', indices, { from: 'probability' })];
  expect(classes.length).toBeGreaterThan(0);
  for (const [i, [, expected]] of classes.entries()) {
    expect(relativeError(logit[i]?.scores ?? [], expected.cdam)).toBeLessThan(maps);
    expect(relativeError(probability[i]?.scores ?? [], expected.cdam_from_probability ?? [])).toBeLessThan(maps);
  }
  expect(relativeError(await view.logits(), golden.logits ?? [])).toBeLessThan(logits);
  if (golden.attention) expect(relativeError((await attentionMap(view)).scores, golden.attention)).toBeLessThan(maps);
}

describe.skipIf(missing !== '')(`weights in half precision${missing}`, () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openWebGpuNode({ half: true });
  });
  afterAll(() => backend.dispose());

  it.each([
    ['vit-small-f32', SMALL],
    ['hf-vit-split', SMALL],
    ['vit-registers-f16', EXACT],
    ['deit-distilled-bf16', EXACT],
    ['vit-mean-pooled', EXACT],
    ['vit-non-square', EXACT],
  ])('%s explains as PyTorch does, apart from the rounding', async (name, tolerance) => {
    const golden = await readGolden(goldenPath(`${name}/expected.json`));
    const vit = await loadVit(goldenPath(name), { backend, weights: 'f16' });
    using view = look(vit, await readPicture(goldenPath(`images/${golden.image}`)));
    await expectNear(view, golden, tolerance);
    vit.dispose();
  });

  it('computation with rounded weights is as exact as in 32 bits', async () => {
    const photo = await readPicture(goldenPath('images/astronaut.png'));
    const reference = await loadVit(goldenPath('vit-small-f32'), { backend: roundingBackend(), weights: 'f16' });
    const vit = await loadVit(goldenPath('vit-small-f32'), { backend, weights: 'f16' });
    using expected = look(reference, photo);
    using view = look(vit, photo);
    await expectNear(view, await valuesOf(expected, 'astronaut.png', [0, 3, 5]), EXACT);
    expect(await vit.fingerprint()).toBe(await reference.fingerprint());
    vit.dispose();
  });

  it('matrices take half the memory, and other weights stay in 32 bits', async () => {
    const before = backend.memory().bytes;
    const vit = await loadVit(goldenPath('vit-small-f32'), { backend, weights: 'f16' });
    const bytes = Object.entries(vit.weights).map(([name, { size, shape }]) => {
      return size * (name.endsWith('.weight') && shape.length > 1 ? 2 : 4);
    });
    expect(backend.memory().bytes - before).toBe(bytes.reduce((a, b) => a + b));
    expect(backend.memory().bytes - before).toBeLessThan(0.6 * 4 * vit.parameters);
    vit.dispose();
    expect(backend.memory().bytes).toBe(before);
  });

  describe.skipIf(deit === undefined || photos === undefined)('of DeiT-Ti', () => {
    it('explain as PyTorch does, apart from the rounding', async () => {
      const vit = await loadVit(deit ?? '', { backend, weights: 'f16' });
      using view = look(vit, await readPicture(`${photos}/chelsea.png`));
      await expectNear(view, await readGolden(goldenPath('deit-tiny/chelsea.png.json')), TRAINED);
      vit.dispose();
    });

    it.each(['balls.jpg', 'elephant-zebra.jpg'])('explain %s as those in 32 bits do', async (image) => {
      const photo = await readPicture(`${photos}/${image}`);
      const [plain, vit] = [await loadVit(deit ?? '', { backend }), await loadVit(deit ?? '', { backend, weights: 'f16' })];
      using expected = look(plain, photo);
      using view = look(vit, photo);
      const best = (await expected.predictions(5)).map(({ index }) => index);
      await expectNear(view, await valuesOf(expected, image, best), TRAINED);
      for (const model of [plain, vit]) model.dispose();
    });
  });
});
