/** One picture gives a number for each method and metric, and what cannot be measured does not affect the rest. */
import type { Tensor } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { cdam, findMethod, findMetric, gini, type MethodChoice, measureMethods, sharpened, type View } from 'cdam';
import { beforeAll, expect, test, vi } from 'vitest';
import { openSmallModel } from './small-model.ts';

let vit: VisionTransformer;
let view: View;

beforeAll(async () => {
  ({ vit, view } = await openSmallModel());
});

const plain: MethodChoice = { label: 'plain', name: 'cdam', options: {} };

test('every method is measured under its label, with its time', async () => {
  const metrics = [findMetric('gini'), findMetric('pearson-second')];
  const { maps, values, milliseconds, problems } = await measureMethods({ view, target: 6 }, { methods: [plain], metrics, seed: 0 });
  const { scores } = await cdam(view, 6);
  expect(maps.get('plain')).toEqual(scores);
  expect(values.gini).toEqual({ plain: gini(scores) });
  expect(values['pearson-second']?.plain).toBeGreaterThan(-1);
  expect(Object.keys(milliseconds.methods)).toEqual(['plain']);
  expect(Object.keys(milliseconds.metrics)).toEqual(['gini', 'pearson-second']);
  expect(problems).toEqual([]);
});

test('methods that use random numbers have the seed of the plan, unless their own options have another', async () => {
  const draw = (label: string, seed?: number): MethodChoice => ({ label, name: 'random', options: seed === undefined ? {} : { seed } });
  const methods = [draw('by plan'), draw('its own', 7), draw('as planned', 3)];
  const { maps } = await measureMethods({ view, target: 6 }, { methods, metrics: [], seed: 3 });
  expect(maps.get('as planned')).toEqual(maps.get('by plan'));
  expect(maps.get('its own')).not.toEqual(maps.get('by plan'));
});

test('a method or a metric that does not apply leaves nulls and a reason, and the others have their numbers', async () => {
  const methods: MethodChoice[] = [{ label: 'no such head', name: 'attention', options: { head: 99 } }, plain];
  const metrics = [findMetric('mask-share'), findMetric('gini')];
  const { values, problems } = await measureMethods({ view, target: 6 }, { methods, metrics });
  expect(values).toEqual({
    'mask-share': { 'no such head': null, plain: null },
    gini: { 'no such head': null, plain: expect.any(Number) },
  });
  expect(problems).toEqual([expect.stringContaining('99'), 'mask-share: the picture has no mask']);
});

test('an error in a program is thrown, and is not a problem of a method', async () => {
  const measure = (): Promise<number[]> => Promise.reject(new TypeError('a mistake'));
  const metrics = [{ ...findMetric('gini'), measure }];
  await expect(measureMethods({ view, target: vit.config.classes - 1 }, { methods: [plain], metrics })).rejects.toThrow('a mistake');
});

test('a sharpened row has the sharpened maps of every class, the areas of its raw twin, and its time', async () => {
  const sharp: MethodChoice = { label: 'sharp', name: 'cdam', options: {}, sharpen: 2 };
  const metrics = ['gini', 'area-drop', 'pearson-second', 'spearman-second'].map(findMetric);
  const plan = { methods: [plain, sharp], metrics, steps: 4, seed: 0 };
  const { maps, values, milliseconds } = await measureMethods({ view, target: 6 }, plan);
  const { scores } = await cdam(view, 6);
  expect(maps.get('sharp')).toEqual(sharpened(scores, 2));
  expect(values.gini?.sharp).toBe(gini(sharpened(scores, 2)));
  expect(values.gini?.sharp).toBeGreaterThan(values.gini?.plain ?? Number.NaN);
  expect(values['area-drop']?.sharp).toBe(values['area-drop']?.plain);
  expect(values['spearman-second']?.sharp).toBeCloseTo(values['spearman-second']?.plain ?? Number.NaN, 12);
  expect(values['pearson-second']?.sharp).not.toBeCloseTo(values['pearson-second']?.plain ?? Number.NaN, 3);
  expect(milliseconds.methods.sharp).toBe(milliseconds.methods.plain);
});

test('rows that differ by sharpening alone share raw maps, and sequences that lack the same patches', async () => {
  const sharp: MethodChoice = { label: 'sharp', name: 'cdam', options: {}, sharpen: 2 };
  const classify = vi.spyOn(vit, 'classify');
  const read = vi.spyOn(findMethod('cdam'), 'read');
  const calls = async (methods: readonly MethodChoice[]): Promise<number[]> => {
    for (const spy of [classify, read]) spy.mockClear();
    const metrics = [findMetric('area-drop'), findMetric('pearson-second')];
    await measureMethods({ view, target: 6 }, { methods, metrics, steps: 4, seed: 0 });
    const sequences = classify.mock.results.map(({ value }) => (value as Tensor).shape[0] ?? 0);
    return [read.mock.calls.length, sequences.reduce((sum, count) => sum + count, 0)];
  };
  const alone = await calls([plain]);
  expect(alone[0]).toBe(1);
  expect(alone[1]).toBeGreaterThan(5);
  expect(await calls([plain, sharp])).toEqual(alone);
});
