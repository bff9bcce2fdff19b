import { createReferenceBackend, Random, randomNormal } from '@cdam/tensor';
import { VisionTransformer } from '@cdam/vit';
import { describe, expect, it } from 'vitest';
import { drawMosaics, EMPTY, onlyCellOf } from '../data/mosaic.ts';
import { syntheticArticles } from '../data/synthetic.ts';
import { initialWeights } from '../training/initial-weights.ts';
import { vitConfig } from '../training/model-config.ts';
import { BUNDLED_RECIPE } from '../training/recipe.ts';
import { evaluate } from './evaluation.ts';

/** A small untrained model, with a random head instead of zeros, so that its maps are not zero. */
function untrained(): VisionTransformer {
  const recipe = { ...BUNDLED_RECIPE, architecture: { ...BUNDLED_RECIPE.architecture, patchSize: 14, width: 12, heads: 3 } };
  const backend = createReferenceBackend();
  const random = new Random(1);
  const weights = initialWeights(backend, recipe.architecture, random);
  return new VisionTransformer(vitConfig(recipe, weights), { ...weights, 'head.weight': randomNormal(backend, [10, 12], random) });
}

describe('evaluate', () => {
  const articles = { ...syntheticArticles(200, new Random(1)), labels: Uint8Array.from({ length: 200 }, (_, i) => i % 10) };
  const mosaics = drawMosaics(articles, 40, new Random(2), 0.25);

  it('takes every class of a mosaic that one cell shows as a pair, and finds no skill in an untrained model', async () => {
    const told: number[] = [];
    const result = await evaluate(untrained(), mosaics, (count) => told.push(count));
    const pairsIn = (mosaic: number): number =>
      Array.from({ length: 10 }, (_, label) => onlyCellOf(mosaics, mosaic, label)).filter((cell) => cell !== undefined).length;
    const all = Array.from({ length: 40 }, (_, mosaic) => mosaic);
    const full = all.filter((mosaic) => !mosaics.cells.subarray(4 * mosaic, 4 * mosaic + 4).includes(EMPTY));
    expect(result.localisation.pairs).toBe(all.reduce((sum, mosaic) => sum + pairsIn(mosaic), 0));
    expect(result.localisationInFullMosaics.pairs).toBe(full.reduce((sum, mosaic) => sum + pairsIn(mosaic), 0));
    expect(told).toEqual(all.map((mosaic) => mosaic + 1));
    expect(Math.abs(result.localisationInFullMosaics.methods.attention.share - 0.25)).toBeLessThan(0.02);
    expect(Math.abs(result.localisationInFullMosaics.methods.cdam.share - 0.25)).toBeLessThan(0.15);
    expect(result.meanAveragePrecision).toBeLessThan(0.5);
  });

  it('refuses mosaics that never show a class', async () => {
    const few = drawMosaics({ ...articles, labels: articles.labels.map((label) => label % 3) }, 6, new Random(2), 0.25);
    await expect(evaluate(untrained(), few)).rejects.toThrow(/none of 6 examples is positive/);
  });
});
