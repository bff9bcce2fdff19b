/**
 * The parts of a ledger, on every backend: each is PyTorch's, and all together are the target. The small models have register tokens, LayerScale
 * and a grid that is not square. The weights of DeiT-Ti are too large for the repository: its test runs where they lie in ../shared beside
 * the checkout, and says that it was skipped elsewhere.
 */
import { readFile } from 'node:fs/promises';
import type { Backend, Tensor } from '@cdam/tensor';
import { mul, sum } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { explain, look, type Parts, pairTarget, type TokenMap, totalsOf, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { goldenPath, readGolden, readPicture, relativeError, sharedPath } from '../support/golden.ts';

/** The parts of a target from PyTorch. */
interface GoldenParts {
  /** [blocks][heads][tokens], prefix tokens first. */
  readonly readings: readonly (readonly (readonly number[])[])[];
  /** Of MLP, norm2 and projection, [blocks][3]. */
  readonly biases: readonly (readonly number[])[];
  readonly embedding: number;
  readonly final_norm: number;
  readonly head: number;
}

type Classes = Readonly<Record<string, { readonly parts: GoldenParts; readonly parts_log_odds: GoldenParts }>>;

const NUMBERS = 2e-4;
/** The sum against the target, as a share of the target. */
const CONSERVED = 1e-5;

function partsOf({ parts }: TokenMap): Parts {
  if (parts === undefined) throw new Error('the map has no parts');
  return parts;
}

/** All numbers of a target that are not readings, in one order. */
function restOf({ embedding, biases: { mlp, norm2, projection, finalNorm, head } }: Parts): number[] {
  return [...Array.from(mlp).flatMap((x, i) => [x, norm2[i] ?? 0, projection[i] ?? 0]), embedding, finalNorm, head];
}

function expectComplete(map: TokenMap, target: number): void {
  const { sum, difference } = map.completeness ?? { sum: Number.NaN, difference: Number.NaN };
  expect(Math.abs(sum - difference)).toBeLessThan(CONSERVED * Math.abs(difference));
  expect(Math.abs(difference - target)).toBeLessThan(CONSERVED * Math.abs(target));
  expect(totalsOf(partsOf(map)).sum).toBe(sum);
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each(['vit-small-f32', 'vit-registers-f16', 'vit-non-square'])('%s', (name) => {
    let view: View;
    let classes: Classes;
    beforeAll(async () => {
      classes = (JSON.parse(await readFile(goldenPath('beyond.json'), 'utf8')) as Record<string, Classes>)[name] ?? {};
      const { image } = await readGolden(goldenPath(`${name}/expected.json`));
      view = look(await loadVit(goldenPath(name), { backend }), await readPicture(goldenPath(`images/${image}`)), { keep: 'traces' });
    });

    it('each part is PyTorch’s, from the logit and from log-odds', async () => {
      const indices = Object.keys(classes).map(Number);
      expect(indices).toHaveLength(2);
      for (const [from, key] of [
        ['logit', 'parts'],
        ['log-odds', 'parts_log_odds'],
      ] as const) {
        const maps = await explain(view, 'ledger', indices, { from, by: 'head' });
        for (const [i, index] of indices.entries()) {
          const [parts, golden] = [partsOf(maps[i] as TokenMap), classes[index]?.[key] as GoldenParts];
          const { depth, heads } = view.vit.config;
          expect(parts.shares.map(({ block, head }) => [block, head])).toEqual(
            Array.from({ length: depth * heads }, (_, k) => [Math.floor(k / heads), k % heads]),
          );
          const readings = parts.shares.flatMap(({ prefix, scores }) => [...prefix, ...scores]);
          expect(relativeError(readings, golden.readings.flat(2))).toBeLessThan(NUMBERS);
          expect(relativeError(restOf(parts), [...golden.biases.flat(), golden.embedding, golden.final_norm, golden.head])).toBeLessThan(
            NUMBERS,
          );
        }
      }
    });

    it('they sum to the map without them, by block and by head, and with everything else to the logit', async () => {
      const logits = await view.logits();
      const indices = Object.keys(classes).map(Number);
      const whole = await explain(view, 'ledger', indices);
      expect(whole[0]).not.toHaveProperty('parts');
      const byHead = await explain(view, 'ledger', indices, { by: 'head' });
      const byBlock = await explain(look(view.vit, view.pixels), 'ledger', indices, { by: 'block' });
      const { heads, depth } = view.vit.config;
      for (const [i, index] of indices.entries()) {
        const [blocks, ofHeads] = [byBlock[i] as TokenMap, byHead[i] as TokenMap];
        for (const map of [blocks, ofHeads]) {
          expect(relativeError(map.scores, whole[i]?.scores ?? [])).toBeLessThan(1e-5);
          expectComplete(map, logits[index] ?? Number.NaN);
          const { shares } = partsOf(map);
          const total = map.scores.map((_, patch) => shares.reduce((all, { scores }) => all + (scores[patch] ?? 0), 0));
          expect(relativeError(total, map.scores)).toBeLessThan(1e-6);
        }
        expect(partsOf(blocks).shares.map(({ block, head }) => [block, head])).toEqual(
          Array.from({ length: depth }, (_, k) => [k, undefined]),
        );
        for (const { block, scores } of partsOf(blocks).shares) {
          const own = partsOf(ofHeads).shares.slice(block * heads, (block + 1) * heads);
          expect(
            relativeError(
              scores.map((_, patch) => own.reduce((all, head) => all + (head.scores[patch] ?? 0), 0)),
              scores,
            ),
          ).toBeLessThan(1e-5);
        }
      }
    });

    it('they leave nothing on the backend', async () => {
      await explain(view, 'ledger', [0, 1], { by: 'head' });
      const before = backend.memory().bytes;
      await explain(view, 'ledger', [1, 2, 3], { by: 'block', from: 'log-odds' });
      expect(backend.memory().bytes).toBe(before);
    });

    it('for log-odds, pairs and functions of the latent they sum to the same combination of logits', async () => {
      const logits = await view.logits();
      const [c = 0, k = 1] = Object.keys(classes).map(Number);
      const others = Array.from(logits.keys()).filter((index) => index !== c);
      const shares = others.map((index) => Math.exp(logits[index] ?? 0));
      const mean = others.reduce((all, index, i) => all + (shares[i] ?? 0) * (logits[index] ?? 0), 0) / shares.reduce((a, b) => a + b);
      const [odds] = await explain(view, 'ledger', [c], { from: 'log-odds', by: 'block' });
      expectComplete(odds as TokenMap, (logits[c] ?? 0) - mean);
      const [pair] = await explain(view, 'ledger', [pairTarget(view.vit.config, c, k)], { by: 'block' });
      const { sum: found, difference } = (pair as TokenMap).completeness ?? { sum: 0, difference: 1 };
      const margin = (logits[c] ?? 0) - (logits[k] ?? 0);
      // Two logits may almost cancel: the rounding is that of the logits.
      for (const value of [found, difference]) expect(Math.abs(value - margin)).toBeLessThan(CONSERVED * Math.abs(logits[c] ?? 0));
      const score = (z: Tensor): Tensor => sum(mul(z, z));
      const latent = await view.latent().data();
      const [square] = await explain(view, 'ledger', [{ name: 'squared length', score }], { by: 'block' });
      expectComplete(square as TokenMap, 2 * latent.reduce((all, z) => all + z * z, 0));
      expect(partsOf(square as TokenMap).biases.head).toBe(0);
    });
  });

  it.each(['vit-mean-pooled', 'deit-distilled-bf16'])('%s has none, since its head reads more than the class token', async (name) => {
    const vit = await loadVit(goldenPath(name), { backend });
    const view = look(vit, await readPicture(goldenPath('images/astronaut.png')));
    await expect(explain(view, 'ledger', [0], { by: 'block' })).rejects.toThrow('reads more than the class token');
  });

  const model = sharedPath('models/deit-tiny');
  it.skipIf(model === undefined)('DeiT-Ti: they sum to the logit, and the shares to the map', async () => {
    const view = look(await loadVit(model ?? '', { backend }), await readPicture(goldenPath('images/chelsea.png')), { keep: 'traces' });
    const logits = await view.logits();
    const [whole] = await explain(view, 'ledger', [281]);
    for (const by of ['block', 'head'] as const) {
      const [map] = await explain(view, 'ledger', [281], { by });
      expectComplete(map as TokenMap, logits[281] ?? Number.NaN);
      expect(relativeError((map as TokenMap).scores, whole?.scores ?? [])).toBeLessThan(1e-5);
      expect(partsOf(map as TokenMap).shares).toHaveLength(by === 'block' ? 12 : 36);
    }
  });
});
