/** A head with one logit, which has two sides. It is made from one row of the head of a golden model, so that the maps are known. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '@cdam/tensor';
import { type JsonValue, loadVit, parseJson, readSafetensors, toFloat32, type VisionTransformer, writeSafetensors } from '@cdam/vit';
import { basisOf, explain, look, type MethodName, predictionOf, resolveTargets, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readPicture, relativeError } from '../support/golden.ts';

const CLASS = 4;

/** Loads the model. @param sign the factor of the one row; undefined for the whole head */
async function load(backend: Backend, sign?: 1 | -1): Promise<VisionTransformer> {
  const folder = goldenPath('vit-small-f32');
  const config = parseJson(await readFile(join(folder, 'config.json'), 'utf8'), 'config.json') as Record<string, JsonValue>;
  const { entries } = readSafetensors(new Uint8Array(await readFile(join(folder, 'model.safetensors'))));
  const tensors = Array.from(entries, ([name, entry]) => {
    const data = toFloat32(entry);
    const [classes = 1, ...rest] = entry.shape;
    const row = data.length / classes;
    return sign !== undefined && name.startsWith('head.')
      ? { name, dtype: 'F32' as const, shape: [1, ...rest], data: data.slice(CLASS * row, (CLASS + 1) * row).map((x) => sign * x) }
      : { name, dtype: 'F32' as const, shape: entry.shape, data };
  });
  return await loadVit(
    { weights: writeSafetensors(tensors), config: sign === undefined ? config : { ...config, num_classes: 1, label_names: ['nodule'] } },
    { backend },
  );
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  let whole: View;
  let binary: View;
  let turned: View;
  beforeAll(async () => {
    backend = await open();
    const photo = await readPicture(goldenPath('images/astronaut.png'));
    whole = look(await load(backend), photo);
    binary = look(await load(backend, 1), photo);
    turned = look(await load(backend, -1), photo);
  });
  afterAll(() => backend.dispose());

  it.each<MethodName>(['cdam', 'smooth-cdam', 'direct-decomposition', 'grad-cam', 'input-x-gradient', 'token-ablation'])(
    '%s has a map of each side, which is that of the class in a larger head or its opposite',
    async (method) => {
      const sides = await resolveTargets(binary, ['0', 'not nodule']);
      expect(sides).toEqual([
        { kind: 'class', index: 0, label: 'nodule' },
        { kind: 'class', index: 0, label: 'not nodule', against: true },
      ]);
      const [own, other] = await explain(binary, method, sides);
      const [known] = await explain(whole, method, [CLASS]);
      expect(relativeError(own?.scores ?? [], known?.scores ?? [])).toBeLessThan(1e-5);
      const opposite = (own?.scores ?? new Float32Array()).map((score) => -score);
      // Grad-CAM keeps only positive scores, for each side.
      if (method !== 'grad-cam') expect(relativeError(other?.scores ?? [], opposite)).toBeLessThan(1e-5);
      else expect(other?.scores.every((score, i) => score >= 0 && score * (own?.scores[i] ?? 0) === 0)).toBe(true);
      expect(other?.target).toMatchObject({ label: 'not nodule' });
    },
  );

  it('top1 is the side that the model predicts, and probabilities of both sum to 1', async () => {
    for (const view of [binary, turned]) {
      const predictions = await view.predictions();
      const [logit = 0] = await view.logits();
      const sides = await resolveTargets(view, ['all']);
      const [first, second] = sides.map((side) => predictionOf(side, predictions));
      expect((first?.probability ?? 0) + (second?.probability ?? 0)).toBeCloseTo(1, 12);
      expect(first?.logit).toBe(Math.abs(logit));
      expect(sides.map(({ against = false }) => against)).toEqual(logit > 0 ? [false, true] : [true, false]);
      expect(await resolveTargets(view, ['top1'])).toEqual(sides.slice(0, 1));
    }
    expect((await resolveTargets(binary, ['top1']))[0]?.against).not.toBe((await resolveTargets(turned, ['top1']))[0]?.against);
  });

  it('each side has the map of its own probability, also from a basis', async () => {
    const sides = await resolveTargets(binary, ['0', 'NOT nodule']);
    const maps = await explain(binary, 'cdam', sides, { from: 'probability' });
    const basis = await basisOf(binary);
    for (const [i, side] of sides.entries()) {
      expect(relativeError(basis.map(side, 'probability').scores, maps[i]?.scores ?? [])).toBeLessThan(1e-5);
      expect(relativeError(basis.map(side.label, 'probability').scores, maps[i]?.scores ?? [])).toBeLessThan(1e-5);
    }
    const [{ probability = Number.NaN } = {}] = await binary.predictions(1);
    const [logitMap] = await explain(binary, 'cdam', [0]);
    const factor = probability * (1 - probability);
    expect(relativeError(maps[1]?.scores ?? [], logitMap?.scores.map((score) => -factor * score) ?? [])).toBeLessThan(1e-5);
  });

  it('the difference that the tokens make to one side is the opposite of that to the other', async () => {
    const maps = await explain(binary, 'integrated-cdam', await resolveTargets(binary, ['0', 'not 0']), { variant: 'complete' });
    const [own, other] = maps.map(({ completeness }) => completeness);
    expect(own?.difference).not.toBe(0);
    expect(other?.difference).toBeCloseTo(-(own?.difference ?? Number.NaN), 6);
    expect(other?.sum).toBeCloseTo(-(own?.sum ?? Number.NaN), 6);
  });

  it('there is no class to set a single one apart from, and no mean to take off', async () => {
    await expect(explain(binary, 'finer-cam', [0])).rejects.toThrow('the head has one class, so there is none to compare with');
    await expect(explain(binary, 'direct-decomposition', [0], { centred: 'yes' })).rejects.toThrow('a single class is its own mean');
  });

  it('classes that exclude each other have no other side', async () => {
    await expect(resolveTargets(whole, ['not 3'])).rejects.toThrow('exclude each other');
    await expect(resolveTargets(binary, ['not not nodule'])).rejects.toThrow('give "not" once');
    for (const method of ['partial-lrp', 'transformer-attribution'] as const)
      await expect(explain(binary, method, await resolveTargets(binary, ['not nodule']))).rejects.toThrow('relevance speaks for a class');
  });
});
