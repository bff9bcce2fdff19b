import { createReferenceBackend, Random } from '@cdam/tensor';
import { preprocess, type VitConfig } from '@cdam/vit';
import { describe, expect, it } from 'vitest';
import { initialWeights } from '../training/initial-weights.ts';
import { vitConfig } from '../training/model-config.ts';
import { BUNDLED_RECIPE } from '../training/recipe.ts';
import type { Articles } from './fashion-mnist.ts';
import { drawMosaics, EMPTY, type Mosaics, mosaicInput, mosaicPicture, mosaicTargets, onlyCellOf } from './mosaic.ts';
import { syntheticArticles } from './synthetic.ts';

function bundledConfig(): VitConfig {
  return vitConfig(BUNDLED_RECIPE, initialWeights(createReferenceBackend(), BUNDLED_RECIPE.architecture, new Random(1)));
}

/** The 28 × 28 bytes of one cell of the first mosaic. */
function cellPixels({ pixels }: Mosaics, cell: number): number[] {
  const [top, left] = [Math.floor(cell / 2) * 28, (cell % 2) * 28];
  return Array.from({ length: 28 * 28 }, (_, i) => pixels[(top + Math.floor(i / 28)) * 56 + left + (i % 28)] ?? Number.NaN);
}

/** One article in which neighbouring bytes differ: 1 + (row·28 + column) mod 251. */
const gradient: Articles = { count: 1, pixels: Uint8Array.from({ length: 28 * 28 }, (_, i) => 1 + (i % 251)), labels: Uint8Array.of(7) };

describe('drawMosaics', () => {
  it('copies an article byte for byte into each filled cell and leaves the others black', () => {
    for (let seed = 0; seed < 8; seed++) {
      const mosaics = drawMosaics(gradient, 1, new Random(seed), 0.5);
      mosaics.cells.forEach((label, cell) => {
        const expected = label === EMPTY ? new Array(28 * 28).fill(0) : [...gradient.pixels];
        expect(cellPixels(mosaics, cell)).toEqual(expected);
      });
    }
  });

  it('gives the same mosaics for the same seed, others for another, and goes on from a stored state', () => {
    const articles = syntheticArticles(50, new Random(1));
    const draw = (random: Random): Mosaics => drawMosaics(articles, 5, random, 0.25);
    const random = new Random(3);
    const first = draw(random);
    const { state } = random;
    const second = draw(random);
    expect(draw(new Random(3))).toEqual(first);
    expect(draw(new Random(4))).not.toEqual(first);
    expect(draw(new Random(state))).toEqual(second);
  });

  it('leaves as many cells empty as asked, evenly, and never a whole mosaic', () => {
    const { cells } = drawMosaics(syntheticArticles(50, new Random(1)), 4000, new Random(2), 0.5);
    for (let cell = 0; cell < 4; cell++) {
      const share = cells.filter((label, i) => i % 4 === cell && label === EMPTY).length / 4000;
      // A cell is the one that is always filled in a quarter of the mosaics: 0.5 · 3/4 stay empty.
      expect(Math.abs(share - 0.375)).toBeLessThan(0.03);
    }
    for (let mosaic = 0; mosaic < 4000; mosaic++)
      expect(cells.subarray(4 * mosaic, 4 * mosaic + 4).some((label) => label !== EMPTY)).toBe(true);
  });
});

describe('what the model is given', () => {
  it('is the grey value, normalised, in three equal channels', () => {
    const pixels = new Uint8Array(2 * 56 * 56).fill(51, 56 * 56);
    const input = mosaicInput({ count: 2, pixels, cells: new Int8Array(8) }, { mean: 0.5, std: 0.25 });
    expect(input.length).toBe(2 * 3 * 56 * 56);
    expect(input.subarray(0, 3 * 56 * 56).every((value) => value === -2)).toBe(true);
    expect(input.subarray(3 * 56 * 56).every((value) => Math.abs(value - (0.2 - 0.5) / 0.25) < 1e-6)).toBe(true);
  });

  it('is what the library makes of a mosaic as a picture, so that training and use see the same numbers', () => {
    const mosaics = drawMosaics(syntheticArticles(9, new Random(1)), 3, new Random(2), 0.25);
    const input = mosaicInput(mosaics, BUNDLED_RECIPE.normalisation);
    const { pixels } = preprocess(mosaicPicture(mosaics, 2), bundledConfig());
    const difference = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - (input[2 * 3 * 56 * 56 + i] ?? Number.NaN))), 0);
    expect(difference).toBeLessThan(1e-6);
  });

  it('has every class that is there, once or more often', () => {
    const targets = mosaicTargets({ count: 2, pixels: new Uint8Array(), cells: Int8Array.of(3, EMPTY, 3, 9, EMPTY, 0, EMPTY, EMPTY) });
    expect([...targets]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe('onlyCellOf', () => {
  it('finds the cell of a class that is there once, and none for a class that is missing or there twice', () => {
    const mosaics = { count: 2, pixels: new Uint8Array(), cells: Int8Array.of(1, 2, 3, 4, 3, EMPTY, 3, 9) };
    expect(onlyCellOf(mosaics, 0, 3)).toBe(2);
    expect(onlyCellOf(mosaics, 1, 9)).toBe(3);
    expect(onlyCellOf(mosaics, 1, 3)).toBeUndefined();
    expect(onlyCellOf(mosaics, 1, 1)).toBeUndefined();
  });
});
