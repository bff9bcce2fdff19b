/** SaCo, ROAD and the smallest share that keeps the class, compared with numbers computed the slow way, for one picture at a time. */
import { createReferenceBackend, Random } from '@cdam/tensor';
import { VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import {
  type ClassScore,
  explain,
  fillIn,
  look,
  rankPatches,
  road,
  saco,
  salienceCoefficient,
  scoresWithout,
  smallestShare,
  type View,
} from 'cdam';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenPath, readPicture } from '../support/golden.ts';
import { arbitraryMap, logitsOfPixels, logitsWithoutTokens, openSmallModel, pixelsWith } from './small-model.ts';

const TARGET = 5;
let view: View;
let map: Float32Array;

beforeAll(async () => {
  ({ view } = await openSmallModel());
  map = arbitraryMap(64, 1);
});

function argMax(values: ArrayLike<number>): number {
  return Array.from(values).reduce((best, value, i, all) => (value > (all[best] ?? 0) ? i : best), 0);
}

async function probabilityOf(pixels: Float32Array): Promise<number> {
  const logits = await logitsOfPixels(view.vit, pixels);
  return Math.exp(logits[TARGET] ?? Number.NaN) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
}

describe('SaCo', () => {
  test('is the paper’s sum over pairs, of groups that were removed one by one', async () => {
    const means = [0, 1, 2].map((c) => view.pixels.subarray(c * 4096, (c + 1) * 4096).reduce((a, b) => a + b, 0) / 4096);
    const sorted = Array.from(map.keys()).sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0));
    const whole = await probabilityOf(view.pixels);
    const groups: { salience: number; drop: number }[] = [];
    for (let g = 0; g < 4; g++) {
      const patches = sorted.slice(16 * g, 16 * (g + 1));
      const drop = whole - (await probabilityOf(pixelsWith(view, patches, (channel) => means[channel] ?? Number.NaN)));
      groups.push({ salience: patches.reduce((sum, patch) => sum + (map[patch] ?? 0), 0), drop });
    }
    let [coefficient, total] = [0, 0];
    for (const a of groups) {
      for (const b of groups) {
        if (a.salience <= b.salience) continue;
        coefficient += (a.drop >= b.drop ? 1 : -1) * (a.salience - b.salience);
        total += a.salience - b.salience;
      }
    }
    expect(Math.abs(coefficient)).toBeLessThan(total);
    expect((await saco(view, TARGET, [map], { groups: 4 }))[0]).toBeCloseTo(coefficient / total, 5);
  });

  test('is 1 where drops have the order of scores, −1 where they have the opposite one, and not defined for a constant map', async () => {
    const falling = [4, 2, 1].map((salience) => ({ salience, drop: salience / 10 }));
    expect(salienceCoefficient(falling)).toBe(1);
    expect(salienceCoefficient(falling.map(({ salience, drop }) => ({ salience, drop: -drop })))).toBe(-1);
    // One of the three pairs is violated: 2 − 1 of (4 − 2) + (4 − 1) + (2 − 1).
    expect(salienceCoefficient([0.9, 0.1, 0.2].map((drop, i) => ({ salience: falling[i]?.salience ?? 0, drop })))).toBeCloseTo(4 / 6, 12);
    expect((await saco(view, TARGET, [new Float32Array(64).fill(2)]))[0]).toBeNaN();
  });

  test('ten groups of 64 patches differ by no more than one patch, whose number does not count as salience', async () => {
    // Equal scores but for the last patch: groups of 6 and of 7 have the same mean.
    const nearly = Float32Array.from({ length: 64 }, (_, i) => (i === 63 ? 1 : 2));
    const [value = 0] = await saco(view, TARGET, [nearly]);
    expect(Math.abs(value)).toBeLessThanOrEqual(1);
    // Only the nine pairs with the last group count, and all have one weight, so the coefficient is a number of ninths.
    expect((value * 9) % 1).toBeCloseTo(0, 4);
  });
});

describe('noisy linear imputation', () => {
  test('solves the system that a dense elimination solves', () => {
    const [height, width] = [9, 12];
    const random = new Random(3);
    const pixels = Float32Array.from({ length: 2 * height * width }, () => random.normal());
    const removed = Uint8Array.from({ length: height * width }, () => (random.uniform() < 0.7 ? 1 : 0));
    const filled = fillIn(pixels, removed, [height, width]);
    for (const channel of [0, 1]) {
      const own = (x: Float32Array): Float32Array => x.subarray(channel * height * width, (channel + 1) * height * width);
      const expected = eliminated(own(pixels), removed, height, width);
      for (const [i, value] of own(filled).entries()) expect(Math.abs(value - (expected[i] ?? Number.NaN))).toBeLessThan(1e-4);
    }
  });

  test('keeps what is there, and continues a constant picture', () => {
    const removed = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 > 10 ? 1 : 0));
    const flat = fillIn(new Float32Array(64 * 64).fill(0.5), removed, [64, 64]);
    for (const value of flat) expect(value).toBeCloseTo(0.5, 3);
    const filled = fillIn(view.pixels.subarray(0, 4096), removed, [64, 64]);
    expect(filled.filter((_, i) => removed[i] === 0)).toEqual(view.pixels.subarray(0, 4096).filter((_, i) => removed[i] === 0));
  });

  test('refuses a picture of which nothing is left', () => {
    expect(() => fillIn(new Float32Array(4), new Uint8Array(4).fill(1), [2, 2])).toThrow('all 4 pixels are removed');
  });
});

/** The filled plane by Gaussian elimination of the full matrix. */
function eliminated(plane: Float32Array, removed: Uint8Array, height: number, width: number): number[] {
  const unknowns = Array.from(removed.keys()).filter((i) => removed[i] === 1);
  const rows = unknowns.map((pixel) => {
    const row = new Array<number>(unknowns.length + 1).fill(0);
    let weights = 0;
    for (const [dy, dx] of [-1, 0, 1].flatMap((y) => [-1, 0, 1].map((x) => [y, x] as const))) {
      const [y, x] = [Math.floor(pixel / width) + dy, (pixel % width) + dx];
      if ((dy === 0 && dx === 0) || y < 0 || x < 0 || y >= height || x >= width) continue;
      const weight = dy === 0 || dx === 0 ? 1 / 6 : 1 / 12;
      const place = unknowns.indexOf(y * width + x);
      weights += weight;
      if (place >= 0) row[place] = -weight;
      else row[unknowns.length] = (row[unknowns.length] ?? 0) + weight * (plane[y * width + x] ?? 0);
    }
    row[unknowns.indexOf(pixel)] = weights;
    return row;
  });
  for (const [i, pivot] of rows.entries()) {
    for (const [j, row] of rows.entries()) {
      if (j === i) continue;
      const factor = (row[i] ?? 0) / (pivot[i] ?? 0);
      for (let k = i; k < row.length; k++) row[k] = (row[k] ?? 0) - factor * (pivot[k] ?? 0);
    }
  }
  const out = Array.from(plane);
  for (const [i, pixel] of unknowns.entries()) out[pixel] = (rows[i]?.[unknowns.length] ?? Number.NaN) / (rows[i]?.[i] ?? Number.NaN);
  return out;
}

describe('ROAD', () => {
  test('is half the difference of the mean probabilities, of pictures that were filled in one by one', async () => {
    const noise = new Random(8).normals(view.pixels.length);
    const sorted = Array.from(map.keys()).sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0));
    const probability = async (patches: readonly number[]): Promise<number> => {
      const gone = pixelsWith(view, patches, () => Number.POSITIVE_INFINITY);
      const removed = Uint8Array.from(gone.subarray(0, 4096), (value) => (value === Number.POSITIVE_INFINITY ? 1 : 0));
      const filled = fillIn(view.pixels, removed, [64, 64]);
      return await probabilityOf(pixelsWith(view, patches, (_, at) => (filled[at] ?? 0) + 0.01 * (noise[at] ?? 0)));
    };
    const most = (await probability(sorted.slice(0, 16))) + (await probability(sorted.slice(0, 48)));
    const least = (await probability(sorted.slice(48))) + (await probability(sorted.slice(16)));
    const [value] = await road(view, TARGET, [map], { shares: [0.25, 0.75], seed: 8 });
    expect(value).toBeCloseTo((least - most) / 4, 6);
    expect(Math.abs(value ?? 0)).toBeGreaterThan(1e-5);
  });

  test('is the opposite for the opposite map, whichever maps are measured together, and another for another seed', async () => {
    const opposite = map.map((score) => -score);
    const options = { shares: [0.3], seed: 1 };
    const [own = 0, other = 0] = await road(view, TARGET, [map, opposite], options);
    expect(other).toBeCloseTo(-own, 7);
    expect(await road(view, TARGET, [map], options)).toEqual([own]);
    expect(await road(view, TARGET, [map], { ...options, seed: 2 })).not.toEqual([own]);
  });
});

describe('the smallest share that keeps the class', () => {
  test('is that of the first k, of all, that has the class as its prediction', async () => {
    const predicted = argMax(await view.logits());
    const maps = [map, map.map((score) => -score)];
    const shares = await smallestShare(view, predicted, maps);
    for (const [m, scores] of maps.entries()) {
      const order = rankPatches(scores);
      let kept = 0;
      while (argMax(await logitsWithoutTokens(view, order.slice(kept))) !== predicted) kept++;
      expect(shares[m]).toBe(kept / 64);
    }
    expect(new Set(shares).size).toBeGreaterThan(1);
    expect(await smallestShare(view, predicted, maps.slice(1))).toEqual(shares.slice(1));
  });

  test('is not defined for a class that the model does not predict', async () => {
    const lowest = argMax((await view.logits()).map((logit) => -logit));
    expect(await smallestShare(view, lowest, [map, map])).toEqual([Number.NaN, Number.NaN]);
  });

  test('of independent classes those are predicted that are more likely than not, and of a regression none', async () => {
    const [best, worst] = [argMax(await view.logits()), argMax((await view.logits()).map((logit) => -logit))];
    const score = async (kind: object, target: number): Promise<ClassScore | undefined> => {
      using other = look(new VisionTransformer({ ...view.vit.config, ...kind }, view.vit.weights), view.pixels);
      return (await scoresWithout(other, target, [new Uint8Array(64)], 'drop'))[0];
    };
    for (const target of [best, worst, TARGET]) {
      const independent = await score({ multiLabel: true }, target);
      expect(independent?.predicted).toBe((independent?.logit ?? 0) >= 0);
      expect((await score({}, target))?.predicted).toBe(target === best);
      expect((await score({ regression: true }, target))?.predicted).toBe(false);
    }
  });

  test('a model that reads the mean over the patches keeps at least one', async () => {
    const pooled = await openSmallModel('vit-mean-pooled');
    const patches = pooled.view.grid[0] * pooled.view.grid[1];
    const [share = 0] = await smallestShare(pooled.view, argMax(await pooled.view.logits()), [arbitraryMap(patches, 2)]);
    expect(share).toBeGreaterThanOrEqual(1 / patches);
    expect(share).toBeLessThanOrEqual(1);
  });
});

test('on the bundled model, token ablation needs fewer patches than its opposite, and has a higher SaCo and ROAD', async () => {
  const vit = await loadVit(goldenPath('../../models/bundled'), { backend: createReferenceBackend() });
  using own = look(vit, await readPicture(goldenPath('images/chelsea.png')));
  const predicted = argMax(await own.logits());
  const [ablation] = await explain(own, 'token-ablation', [predicted]);
  const scores = ablation?.scores ?? new Float32Array();
  const maps = [scores, scores.map((score) => -score)];
  const [share = 1, oppositeShare = 0] = await smallestShare(own, predicted, maps);
  expect(share).toBeLessThan(oppositeShare);
  const [agreement = 0, disagreement = 0] = await saco(own, predicted, maps);
  expect(agreement).toBeGreaterThan(disagreement);
  const [area = 0, oppositeArea = 0] = await road(own, predicted, maps, { shares: [0.3, 0.6] });
  expect(area).toBeGreaterThan(oppositeArea);
});
