/** The metrics of correctness, compared with numbers computed for one picture at a time, from pixels or from a shorter sequence. */
import { Random } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import {
  areaBetweenCurves,
  boxSensitivity,
  cdam,
  deletion,
  explain,
  explainerOf,
  infidelity,
  insertion,
  logitDrops,
  look,
  maxSensitivity,
  pearson,
  randomBoxes,
  randomSets,
  rankPatches,
  Subject,
  scoresWithout,
  sensitivityN,
  type View,
} from 'cdam';
import { beforeAll, describe, expect, test } from 'vitest';
import { arbitraryMap, logitsOfPixels, logitsWithoutTokens, openSmallModel, pixelsWith } from './small-model.ts';

const TARGET = 5;
let vit: VisionTransformer;
let view: View;
let map: Float32Array;
/** The mean of each channel. */
let means: readonly number[];

beforeAll(async () => {
  ({ vit, view } = await openSmallModel());
  map = arbitraryMap(64, 1);
  means = [0, 1, 2].map((channel) => view.pixels.subarray(channel * 4096, (channel + 1) * 4096).reduce((a, b) => a + b, 0) / 4096);
});

function flags(patches: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 64 }, (_, i) => (patches.includes(i) ? 1 : 0));
}

function channelMean(channel: number): number {
  return means[channel] ?? Number.NaN;
}

const blurred = new Map<number, number>();

/** A value of the picture blurred by a Gaussian with a deviation of 14 pixels; each is computed once. */
function blurredPixel(at: number): number {
  const value = blurred.get(at) ?? gaussianAround(at);
  blurred.set(at, value);
  return value;
}

/** The weighted mean around one pixel. Beyond the border the picture has the values at the border. */
function gaussianAround(at: number): number {
  const [plane, y, x] = [Math.floor(at / 4096) * 4096, Math.floor(at / 64) % 64, at % 64];
  let [sum, weights] = [0, 0];
  for (let dy = -56; dy <= 56; dy++) {
    for (let dx = -56; dx <= 56; dx++) {
      const weight = Math.exp(-(dx * dx + dy * dy) / (2 * 14 * 14));
      const inside = (value: number): number => Math.min(63, Math.max(0, value));
      sum += weight * (view.pixels[plane + inside(y + dy) * 64 + inside(x + dx)] ?? 0);
      weights += weight;
    }
  }
  return sum / weights;
}

describe('a picture without some patches', () => {
  const patches = [3, 17, 18, 44];

  test.each([
    ['mean', (channel: number) => channelMean(channel)],
    ['zero', () => 0],
    ['blur', (_: number, at: number) => blurredPixel(at)],
  ] as const)('has the logit of the picture with pixels replaced: %s', async (how, replacement) => {
    const expected = await logitsOfPixels(vit, pixelsWith(view, patches, replacement));
    const [score] = await scoresWithout(view, TARGET, [flags(patches)], how);
    expect(score?.logit).toBeCloseTo(expected[TARGET] ?? Number.NaN, 4);
    const sum = expected.reduce((total, logit) => total + Math.exp(logit), 0);
    expect(score?.probability).toBeCloseTo(Math.exp(expected[TARGET] ?? Number.NaN) / sum, 4);
  });

  test('has the logit of a shorter sequence when tokens are dropped', async () => {
    const [score] = await scoresWithout(view, TARGET, [flags(patches)], 'drop');
    expect(score?.logit).toBeCloseTo((await logitsWithoutTokens(view, patches))[TARGET] ?? Number.NaN, 4);
  });

  test('has the same score whichever other choices are computed', async () => {
    const choices = [flags(patches), flags([]), flags([1]), flags(patches), flags([2, 3])];
    const together = await scoresWithout(view, TARGET, choices, 'drop');
    for (const [i, choice] of choices.entries()) expect(await scoresWithout(view, TARGET, [choice], 'drop')).toEqual([together[i]]);
  });

  test('frees what it computed', async () => {
    const before = vit.backend.memory().bytes;
    await scoresWithout(view, TARGET, [flags(patches), flags([1])], 'blur');
    expect(vit.backend.memory().bytes).toBe(before);
  });
});

describe('curves', () => {
  test('patches are ordered by score, and those of equal score at random', () => {
    const tied = Float32Array.from({ length: 64 }, (_, i) => (i < 4 ? 4 - i : 0));
    const order = rankPatches(tied, 1);
    expect(order.slice(0, 4)).toEqual([0, 1, 2, 3]);
    expect(order.slice(4)).not.toEqual(order.slice(4).toSorted((a, b) => a - b));
    expect(rankPatches(tied, 1)).toEqual(order);
  });

  test('the area between them is the same as from logits computed one by one', async () => {
    const order = Array.from(map.keys()).sort((a, b) => (map[b] ?? 0) - (map[a] ?? 0));
    const areaOf = async (sequence: readonly number[]): Promise<number> => {
      const logits: number[] = [];
      for (let k = 0; k <= 4; k++) {
        const pixels = pixelsWith(view, sequence.slice(0, 16 * k), channelMean);
        logits.push((await logitsOfPixels(vit, pixels))[TARGET] ?? Number.NaN);
      }
      return logits.slice(1).reduce((sum, logit, i) => sum + (logit + (logits[i] ?? 0)) / 2 / 4, 0);
    };
    const expected = (await areaOf(order.toReversed())) - (await areaOf(order));
    const [area] = await areaBetweenCurves(view, TARGET, [map], { removal: 'mean', steps: 4 });
    expect(area).toBeCloseTo(expected, 4);
    const [opposite] = await areaBetweenCurves(view, TARGET, [map.map((score) => -score)], { removal: 'mean', steps: 4 });
    expect(opposite).toBeCloseTo(-expected, 4);
  });

  test('when tokens are dropped, the last point has only the class token', async () => {
    const order = rankPatches(map);
    const points = [[], order.slice(0, 32), order, order.slice(32)];
    const logits: number[] = [];
    for (const patches of points) logits.push((await logitsWithoutTokens(view, patches))[TARGET] ?? Number.NaN);
    const [, most = 0, , least = 0] = logits;
    expect((await areaBetweenCurves(view, TARGET, [map], { removal: 'drop', steps: 2 }))[0]).toBeCloseTo((least - most) / 2, 4);
  });

  test('a model that reads the mean over the patches keeps one', async () => {
    const pooled = await openSmallModel('vit-mean-pooled');
    const patches = pooled.view.grid[0] * pooled.view.grid[1];
    const [area] = await areaBetweenCurves(pooled.view, 0, [arbitraryMap(patches, 2)], { removal: 'drop', steps: 3 });
    expect(area).toBeTypeOf('number');
    expect(area).not.toBeNaN();
  });

  test('deletion goes from the picture to zero, insertion from the blurred picture to the picture', async () => {
    const order = rankPatches(map);
    const probability = async (pixels: Float32Array): Promise<number> => {
      const logits = await logitsOfPixels(vit, pixels);
      return Math.exp(logits[TARGET] ?? Number.NaN) / logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    };
    const deleted: number[] = [];
    const inserted: number[] = [];
    for (const count of [0, 32, 64]) {
      deleted.push(await probability(pixelsWith(view, order.slice(0, count), () => 0)));
      inserted.push(await probability(pixelsWith(view, order.slice(count), (_, at) => blurredPixel(at))));
    }
    const area = ([a = 0, b = 0, c = 0]: readonly number[]): number => (a + 2 * b + c) / 4;
    expect((await deletion(view, TARGET, [map], { steps: 2 }))[0]).toBeCloseTo(area(deleted), 5);
    expect((await insertion(view, TARGET, [map], { steps: 2 }))[0]).toBeCloseTo(area(inserted), 5);
  });
});

describe('random regions', () => {
  test('boxes are squares inside of the grid, and differ', () => {
    const boxes = randomBoxes([5, 8], 2, 40, new Random(3));
    for (const box of boxes) {
      const inside = Array.from(box.keys()).filter((i) => box[i] === 1);
      const first = inside[0] ?? 0;
      expect(inside).toEqual([first, first + 1, first + 8, first + 9]);
      expect(first % 8).toBeLessThan(7);
    }
    expect(new Set(boxes.map((box) => box.join(''))).size).toBeGreaterThan(10);
  });

  test('sets have as many patches as was asked for', () => {
    const sets = randomSets(30, 7, 20, new Random(3));
    expect(sets.map((set) => set.reduce((a, b) => a + b, 0))).toEqual(Array(20).fill(7));
    expect(new Set(sets.map((set) => set.join(''))).size).toBe(20);
  });

  test('box sensitivity correlates the sums with the drops', async () => {
    const boxes = randomBoxes([8, 8], 2, 6, new Random(7));
    const whole = (await logitsOfPixels(vit, view.pixels))[TARGET] ?? Number.NaN;
    const [sums, drops]: [number[], number[]] = [[], []];
    for (const box of boxes) {
      const patches = Array.from(box.keys()).filter((i) => box[i] === 1);
      sums.push(patches.reduce((sum, i) => sum + (map[i] ?? 0), 0));
      drops.push(
        whole -
          ((
            await logitsOfPixels(
              vit,
              pixelsWith(view, patches, (_, at) => blurredPixel(at)),
            )
          )[TARGET] ?? Number.NaN),
      );
    }
    const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
    const product = (x: readonly number[], y: readonly number[]): number => mean(x.map((v, i) => v * (y[i] ?? 0))) - mean(x) * mean(y);
    const expected = product(sums, drops) / Math.sqrt(product(sums, sums) * product(drops, drops));
    expect((await boxSensitivity(view, TARGET, [map], { draws: 6, seed: 7 }))[0]).toBeCloseTo(expected, 3);
  });

  test('sensitivity-n is the mean correlation over sets of three sizes', async () => {
    const random = new Random(9);
    const correlations: number[] = [];
    for (const size of [6, 16, 32]) {
      const sets = randomSets(64, size, 4, random);
      const drops = await logitDrops(view, TARGET, sets, 'drop');
      const sums = sets.map((set) => set.reduce((sum, inside, i) => sum + inside * (map[i] ?? 0), 0));
      correlations.push(pearson(sums, drops));
    }
    const expected = correlations.reduce((a, b) => a + b, 0) / 3;
    expect((await sensitivityN(view, TARGET, [map], { removal: 'drop', draws: 12, seed: 9 }))[0]).toBeCloseTo(expected, 5);
  });

  test('the ablation of single tokens predicts the effect of sets of tokens, and noise does not', async () => {
    const [ablation] = await explain(view, 'token-ablation', [TARGET]);
    const [good = 0, bad = 1] = await sensitivityN(view, TARGET, [ablation?.scores ?? map, map], { removal: 'drop', draws: 90 });
    expect(good).toBeGreaterThan(bad + 0.3);
  });

  test('infidelity is the error at the best scale, and does not depend on the scale of the map', async () => {
    const random = new Random(2);
    const sets = Array.from({ length: 5 }, () => randomSets(64, 1 + random.below(64), 1, random)).flat();
    const drops = await logitDrops(view, TARGET, sets, 'zero');
    const sums = sets.map((set) => set.reduce((sum, inside, i) => sum + inside * (map[i] ?? 0), 0));
    const errorAt = (scale: number): number => sums.reduce((sum, s, i) => sum + (scale * s - (drops[i] ?? 0)) ** 2, 0) / sums.length;
    const [value = Number.NaN] = await infidelity(view, TARGET, [map], { draws: 5, seed: 2 });
    const scale = sums.reduce((a, s, i) => a + s * (drops[i] ?? 0), 0) / sums.reduce((a, s) => a + s * s, 0);
    expect(value).toBeCloseTo(errorAt(scale), 6);
    expect(value).toBeLessThan(errorAt(scale * 1.01));
    expect(value).toBeLessThan(errorAt(scale * 0.99));
    const [scaled] = await infidelity(view, TARGET, [map.map((score) => 40 * score)], { draws: 5, seed: 2 });
    expect(scaled).toBeCloseTo(value, 4);
  });
});

test('max-sensitivity is the largest relative change of the map', async () => {
  const subject = new Subject('cdam', explainerOf('cdam'));
  const [value] = await maxSensitivity({ view, target: TARGET, subjects: [subject] }, { radius: 0.1, samples: 3, seed: 4 });
  const random = new Random(4);
  const own = (await cdam(view, TARGET)).scores;
  const changes: number[] = [];
  for (let i = 0; i < 3; i++) {
    using noisy = look(
      vit,
      view.pixels.map((x) => x + 0.1 * (2 * random.uniform() - 1)),
    );
    const { scores } = await cdam(noisy, TARGET);
    const square = (x: Float32Array): number => x.reduce((sum, v) => sum + v * v, 0);
    changes.push(Math.sqrt(square(scores.map((v, j) => v - (own[j] ?? 0))) / square(own)));
  }
  expect(value).toBeCloseTo(Math.max(...changes), 6);
  expect(Math.min(...changes)).toBeLessThan(Math.max(...changes));
});
