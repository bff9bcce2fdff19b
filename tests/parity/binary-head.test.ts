/** A head with one logit, which speaks for two sides: made of one row of a golden model's head, so that the maps are known. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '@cdam/tensor';
import { type JsonValue, loadVit, parseJson, readSafetensors, toFloat32, type VisionTransformer, writeSafetensors } from '@cdam/vit';
import { explain, look, type MethodName, predictionOf, resolveTargets, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readPicture, relativeError } from '../support/golden.ts';

const CLASS = 4;

async function load(backend: Backend, onlyOneLogit: boolean): Promise<VisionTransformer> {
  const folder = goldenPath('vit-small-f32');
  const config = parseJson(await readFile(join(folder, 'config.json'), 'utf8'), 'config.json') as Record<string, JsonValue>;
  const { entries } = readSafetensors(new Uint8Array(await readFile(join(folder, 'model.safetensors'))));
  const tensors = Array.from(entries, ([name, entry]) => {
    const data = toFloat32(entry);
    const [classes = 1, ...rest] = entry.shape;
    const row = data.length / classes;
    return onlyOneLogit && name.startsWith('head.')
      ? { name, dtype: 'F32' as const, shape: [1, ...rest], data: data.slice(CLASS * row, (CLASS + 1) * row) }
      : { name, dtype: 'F32' as const, shape: entry.shape, data };
  });
  return await loadVit(
    { weights: writeSafetensors(tensors), config: onlyOneLogit ? { ...config, num_classes: 1, label_names: ['nodule'] } : config },
    { backend },
  );
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  let whole: View;
  let binary: View;
  beforeAll(async () => {
    backend = await open();
    const photo = await readPicture(goldenPath('images/astronaut.png'));
    whole = look(await load(backend, false), photo);
    binary = look(await load(backend, true), photo);
  });
  afterAll(() => backend.dispose());

  it.each<MethodName>(['cdam', 'smooth-cdam', 'grad-cam', 'input-x-gradient', 'token-ablation'])(
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
      const turned = (own?.scores ?? new Float32Array()).map((score) => -score);
      // Grad-CAM keeps what is positive only, of either side.
      if (method !== 'grad-cam') expect(relativeError(other?.scores ?? [], turned)).toBeLessThan(1e-5);
      else expect(other?.scores.every((score, i) => score >= 0 && score * (own?.scores[i] ?? 0) === 0)).toBe(true);
      expect(other?.target).toMatchObject({ label: 'not nodule' });
    },
  );

  it('top1 is the side that the model predicts, and probabilities of both sum to 1', async () => {
    const predictions = await binary.predictions();
    const [logit = 0] = await binary.logits();
    const sides = await resolveTargets(binary, ['all']);
    const [first, second] = sides.map((side) => predictionOf(side, predictions));
    expect((first?.probability ?? 0) + (second?.probability ?? 0)).toBeCloseTo(1, 12);
    expect(first?.logit).toBe(Math.abs(logit));
    expect(await resolveTargets(binary, ['top1'])).toEqual(sides.slice(0, 1));
  });

  it('classes that exclude each other have no other side', async () => {
    await expect(resolveTargets(whole, ['not 3'])).rejects.toThrow('exclude each other');
    await expect(explain(binary, 'partial-lrp', await resolveTargets(binary, ['not nodule']))).rejects.toThrow(
      'relevance speaks for a class',
    );
  });
});
