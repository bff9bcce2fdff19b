/**
 * The methods that the paper's are compared with, against PyTorch in 64 bits and on every backend: LayerCAM, Grad-CAM++, Finer-CAM, LeGrad, direct
 * decomposition and transformer attribution. The small models have register tokens, LayerScale, a distillation token, a mean-pooled head
 * and a grid that is not square.
 *
 * Grad-CAM++ and transformer attribution divide by sums that may nearly cancel. In 64 bits they are PyTorch's; rounded to 32 bits, two of
 * their maps cannot be nearer to each other than roundings move them. How far that is comes with the golden values (`moved` in baselines.py).
 */
import { readFile } from 'node:fs/promises';
import { type Backend, createReferenceBackend, gather, mean, mul, sub, transpose } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { explain, type LatentTarget, look, type MethodName, pairTarget, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readGolden, readPicture, relativeError } from '../support/golden.ts';

/** Golden values of one class: maps by name, similar classes, and how far roundings move each map. */
type Values = Readonly<Record<string, readonly number[]>> & { readonly moved: Readonly<Record<string, number>> };

const MAPS = 2e-4;
const EXACT = 'reference in 64 bits';
const precisely = { name: EXACT, open: async (): Promise<Backend> => createReferenceBackend({ precision: 64 }) };

/** Methods with their options, and the name of their golden values. */
const GOLDEN: readonly (readonly [MethodName, object, string])[] = [
  ['layer-cam', {}, 'layer_cam'],
  ['layer-cam', { from: 'log-odds' }, 'layer_cam_log_odds'],
  ['grad-cam-plus-plus', {}, 'grad_cam_plus_plus'],
  ['grad-cam-plus-plus', { from: 'log-odds' }, 'grad_cam_plus_plus_log_odds'],
  ['finer-cam', {}, 'finer_cam'],
  ['finer-cam', { gamma: 1, similar: 1 }, 'finer_cam_one_whole'],
  ['legrad', {}, 'legrad'],
  ['legrad', { from: 'log-odds' }, 'legrad_log_odds'],
  ['direct-decomposition', {}, 'direct_decomposition'],
  ['direct-decomposition', { from: 'log-odds' }, 'direct_decomposition_log_odds'],
  ['direct-decomposition', { centred: 'yes' }, 'direct_decomposition_centred'],
  ['transformer-attribution', {}, 'transformer_attribution'],
];

/** These read the class token alone. */
const OF_CLASS_TOKEN: readonly MethodName[] = ['direct-decomposition', 'transformer-attribution'];

/** A logit as a function of the latent, which no method knows to be a class. */
function logitOf({ vit }: View, index: number): LatentTarget {
  return { name: 'a logit', score: (latent) => gather(transpose(vit.classify(latent)), [index]) };
}

describe.each([precisely, ...backends])('on $name', ({ name: backendName, open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each(['vit-small-f32', 'vit-registers-f16', 'vit-mean-pooled', 'vit-non-square', 'deit-distilled-bf16'])('%s', (name) => {
    const readsMore = name === 'vit-mean-pooled' || name === 'deit-distilled-bf16';
    let views: View[];
    let view: View;
    let golden: Readonly<Record<string, Values>>;
    let classes: number[];
    beforeAll(async () => {
      golden = (JSON.parse(await readFile(goldenPath('baselines.json'), 'utf8')) as Record<string, Record<string, Values>>)[name] ?? {};
      classes = Object.keys(golden).map(Number);
      const { image } = await readGolden(goldenPath(`${name}/expected.json`));
      const vit = await loadVit(goldenPath(name), { backend });
      const picture = await readPicture(goldenPath(`images/${image}`));
      views = [look(vit, picture, { keep: 'pass' }), look(vit, picture)];
      view = views[0] as View;
    });

    const scoresOf = async (method: MethodName, target: Parameters<typeof explain>[2][number], options = {}): Promise<Float32Array> =>
      (await explain(view, method, [target], options))[0]?.scores ?? new Float32Array();

    it.each(GOLDEN)('%s %o, whatever was kept of the look', async (method, options, key) => {
      if (readsMore && OF_CLASS_TOKEN.includes(method)) {
        await expect(explain(view, method, classes, options)).rejects.toThrow('reads more than the class token');
        return;
      }
      for (const looked of views) {
        for (const [index, values] of Object.entries(golden)) {
          const expected = values[key] ?? [];
          const map = explain(looked, method, [Number(index)], options);
          if (expected.every((score) => score === 0)) {
            await expect(map).rejects.toThrow('every score is zero');
            continue;
          }
          const allowed = backendName === EXACT ? MAPS / 4 : Math.max(MAPS, values.moved[key] ?? 0);
          expect(relativeError((await map)[0]?.scores ?? [], expected)).toBeLessThan(allowed);
        }
      }
    });

    it('classes that are asked for together have the maps that each has alone', async () => {
      for (const [method, options] of GOLDEN) {
        if ((readsMore && OF_CLASS_TOKEN.includes(method)) || method === 'grad-cam-plus-plus') continue;
        const together = await explain(view, method, classes, options);
        for (const [i, index] of classes.entries())
          expect(relativeError(together[i]?.scores ?? [], await scoresOf(method, index, options))).toBeLessThan(1e-5);
      }
    });

    it('nothing is kept of a map but its scores', async () => {
      for (const [method, options] of GOLDEN) {
        if (readsMore && OF_CLASS_TOKEN.includes(method)) continue;
        const map = async (): Promise<unknown> => await explain(view, method, classes, options).catch(() => undefined);
        await map();
        const before = backend.memory();
        await map();
        expect(backend.memory()).toEqual(before);
      }
    });

    it('finer-cam is grad-cam of a class against those that PyTorch finds similar, and with nothing taken off grad-cam itself', async () => {
      const [index = 0] = classes;
      const similar = golden[index]?.similar ?? [];
      const apart: LatentTarget = {
        name: 'apart',
        score: (latent) => {
          const logits = transpose(view.vit.classify(latent));
          return sub(gather(logits, [index]), mul(mean(gather(logits, similar)), 0.6));
        },
      };
      expect(relativeError(await scoresOf('finer-cam', index), await scoresOf('grad-cam', apart))).toBeLessThan(1e-5);
      expect(relativeError(await scoresOf('finer-cam', index, { gamma: 0 }), await scoresOf('grad-cam', index))).toBeLessThan(1e-5);
    });

    it.each(['layer-cam', 'legrad', 'direct-decomposition'] as const)(
      '%s takes a function of the latent as it takes a class',
      async (method) => {
        if (readsMore && OF_CLASS_TOKEN.includes(method)) return;
        const [index = 0] = classes;
        expect(relativeError(await scoresOf(method, logitOf(view, index)), await scoresOf(method, index))).toBeLessThan(1e-5);
      },
    );

    it.skipIf(readsMore)('direct-decomposition is linear: pairs are differences, and centred maps of all classes cancel', async () => {
      const [one = 0, other = 1] = classes;
      const difference = (await scoresOf('direct-decomposition', one)).map((score) => score);
      for (const [i, score] of (await scoresOf('direct-decomposition', other)).entries()) difference[i] = (difference[i] ?? 0) - score;
      const pair = pairTarget(view.vit.config, one, other);
      for (const centred of ['no', 'yes'])
        expect(relativeError(await scoresOf('direct-decomposition', pair, { centred }), difference)).toBeLessThan(1e-5);
      const all = Array.from({ length: view.vit.config.classes }, (_, index) => index);
      const maps = (await explain(view, 'direct-decomposition', all, { centred: 'yes' })).map(({ scores }) => scores);
      const largest = Math.max(...maps.map((scores) => Math.max(...scores.map(Math.abs))));
      for (const i of difference.keys()) expect(Math.abs(maps.reduce((sum, map) => sum + (map[i] ?? 0), 0))).toBeLessThan(1e-5 * largest);
    });

    it('what a method does not know is refused with its reason', async () => {
      const [one = 0, other = 1] = classes;
      const pair = pairTarget(view.vit.config, one, other);
      await expect(explain(view, 'finer-cam', [logitOf(view, one)])).rejects.toThrow('finer-cam: "a logit" is not a class');
      await expect(explain(view, 'finer-cam', [pair])).rejects.toThrow('no map of one class against another');
      if (readsMore) return;
      for (const method of ['transformer-attribution', 'partial-lrp'] as const) {
        await expect(explain(view, method, [logitOf(view, one)])).rejects.toThrow('"a logit" is not a class; relevance speaks for a class');
        await expect(explain(view, method, [pair])).rejects.toThrow('no map of one class against another');
      }
      await expect(explain(view, 'direct-decomposition', [logitOf(view, one)], { centred: 'yes' })).rejects.toThrow(
        'no mean over all classes',
      );
    });
  });
});
