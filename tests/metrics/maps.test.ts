/** The metrics of compactness, class sensitivity, sanity and agreement with masks. */
import { Random, tensor } from '@cdam/tensor';
import { VisionTransformer } from '@cdam/vit';
import {
  bestIntersectionOverUnion,
  cascadingRandomisation,
  cdam,
  classCorrelation,
  contrastClasses,
  entropy,
  explainerOf,
  findMetric,
  gini,
  gridPointing,
  look,
  METRICS,
  maskOnGrid,
  mosaicOf,
  pearson,
  pointsInside,
  positiveShare,
  randomLogit,
  Subject,
  shareOfSmall,
  spearman,
  structuralSimilarity,
  type Trial,
  type View,
} from 'cdam';
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenPath, readPicture } from '../support/golden.ts';
import { arbitraryMap, openSmallModel } from './small-model.ts';

const TARGET = 6;
let vit: VisionTransformer;
let view: View;
let trial: Trial;

beforeAll(async () => {
  ({ vit, view } = await openSmallModel());
  const subjects = (['cdam', 'attention', 'random'] as const).map((name) => new Subject(name, explainerOf(name)));
  trial = { view, target: TARGET, subjects };
});

describe('compactness', () => {
  test('counts the patches of at most a twentieth of the largest magnitude', () => {
    expect(shareOfSmall(Float32Array.of(-100, 5, -5, 6, 0))).toBe(3 / 5);
  });

  test('Gini’s coefficient is half the relative mean difference', () => {
    const map = Float32Array.of(3, -1, 0, 2, -8);
    const sizes = Array.from(map, Math.abs);
    const differences = sizes.flatMap((a) => sizes.map((b) => Math.abs(a - b))).reduce((a, b) => a + b, 0);
    expect(gini(map)).toBeCloseTo(differences / (2 * 5 * 14), 12);
    expect(gini(Float32Array.of(1, 1, 1))).toBeCloseTo(0, 12);
  });

  test('the entropy is ln N for a flat map, and 0 for one patch', () => {
    expect(entropy(new Float32Array(8).fill(-2))).toBeCloseTo(Math.log(8), 12);
    expect(entropy(Float32Array.of(0, 0, 5))).toBe(0);
    expect(entropy(Float32Array.of(1, -3))).toBeCloseTo(-(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 12);
  });
});

describe('class sensitivity', () => {
  test('the contrasts are the next best, the lowest, and another class', async () => {
    const logits = Float32Array.of(2, 9, 5, -3, 7);
    expect(contrastClasses(logits, 1, 0)).toMatchObject({ second: 4, lowest: 3 });
    expect(contrastClasses(logits, 3, 0)).toMatchObject({ second: 1, lowest: 0 });
    const drawn = new Set(Array.from({ length: 40 }, (_, seed) => contrastClasses(logits, 1, seed).random));
    expect([...drawn].toSorted()).toEqual([0, 2, 3, 4]);
    expect(() => contrastClasses(Float32Array.of(1), 0, 0)).toThrow(expect.objectContaining({ code: 'metric' }));
  });

  test.each(['pearson', 'spearman'] as const)(
    '%s correlates raw maps; attention is the same for all classes, and noise is different for each',
    async (kind) => {
      const logits = await view.logits();
      const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
      expect(order[0]).toBe(TARGET);
      const [own, second] = [(await cdam(view, TARGET)).scores, (await cdam(view, order[1] ?? 0)).scores];
      const [value = 0, attention, random = 1] = await classCorrelation(trial, 'second', kind);
      expect(value).toBeCloseTo((kind === 'pearson' ? pearson : spearman)(own, second), 5);
      expect(attention).toBeCloseTo(1, 12);
      expect(Math.abs(random)).toBeLessThan(0.5);
    },
  );

  test('structural similarity is the mean over windows of 7×7', () => {
    const [a, b] = [arbitraryMap(72, 1), arbitraryMap(72, 2)];
    const range = Math.max(...a, ...b) - Math.min(...a, ...b);
    let total = 0;
    for (const [top, left] of [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ] as const) {
      const places = Array.from({ length: 49 }, (_, i) => (top + Math.floor(i / 7)) * 9 + left + (i % 7));
      const mean = (of: (i: number) => number): number => places.reduce((sum, i) => sum + of(i), 0) / 49;
      const at = (x: Float32Array) => (i: number) => x[i] ?? 0;
      const [ma, mb] = [mean(at(a)), mean(at(b))];
      const [va, vb] = [mean((i) => (at(a)(i) - ma) ** 2), mean((i) => (at(b)(i) - mb) ** 2)].map((v) => (v * 49) / 48);
      const cov = (mean((i) => (at(a)(i) - ma) * (at(b)(i) - mb)) * 49) / 48;
      const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma ** 2 + mb ** 2 + c1) * ((va ?? 0) + (vb ?? 0) + c2));
    }
    expect(structuralSimilarity(a, b, [8, 9])).toBeCloseTo(total / 6, 10);
    expect(structuralSimilarity(a, a, [8, 9])).toBeCloseTo(1, 12);
  });

  test('random logit compares maps over their largest magnitude', async () => {
    const { random } = contrastClasses(await view.logits(), TARGET, 0);
    const maps = [(await cdam(view, TARGET)).scores, (await cdam(view, random)).scores];
    const [a = new Float32Array(), b = new Float32Array()] = maps.map((map) => map.map((s) => s / Math.max(...map.map(Math.abs))));
    const [value, attention] = await randomLogit(trial);
    expect(value).toBeCloseTo(structuralSimilarity(a, b, view.grid), 5);
    expect(attention).toBeCloseTo(1, 12);
  });
});

describe('the grid pointing game', () => {
  test('a mosaic has each picture at half its size', () => {
    const picture = (value: number): Float32Array => Float32Array.from({ length: 16 }, (_, i) => value + (i % 2));
    expect([...mosaicOf([picture(0), picture(10), picture(20), picture(30)], [1, 4, 4])]).toEqual([
      0.5, 0.5, 10.5, 10.5, 0.5, 0.5, 10.5, 10.5, 20.5, 20.5, 30.5, 30.5, 20.5, 20.5, 30.5, 30.5,
    ]);
  });

  test('the share is that of positive score in the cell', async () => {
    const coffee = look(vit, await readPicture(goldenPath('images/coffee.png')));
    const companions = [coffee.pixels, view.pixels.map((x) => -x), coffee.pixels.map((x) => -x)];
    const [value] = await gridPointing({ ...trial, companions }, 3);
    const cell = new Random(3).below(4);
    using mosaic = look(vit, mosaicOf(companions.toSpliced(cell, 0, view.pixels), [3, 64, 64]));
    const { scores } = await cdam(mosaic, TARGET);
    const positive = scores.map((score) => Math.max(0, score));
    const inCell = positive.filter((_, i) => Math.floor(i / 32) === Math.floor(cell / 2) && Math.floor((i % 8) / 4) === cell % 2);
    const sum = (x: Float32Array): number => x.reduce((a, b) => a + b, 0);
    expect(value).toBeCloseTo(sum(inCell) / sum(positive), 5);
    await expect(gridPointing(trial)).rejects.toMatchObject({ code: 'metric' });
  });

  test('when the grid is odd, patches on the border count half', async () => {
    const wide = await openSmallModel('vit-non-square');
    const [rows, columns] = wide.view.grid;
    const flat = new Subject('flat', async () => [new Float32Array(rows * columns).fill(1)]);
    const companions = Array(3).fill(wide.view.pixels) as Float32Array[];
    for (const seed of [0, 1, 2, 3]) {
      const [share] = await gridPointing({ view: wide.view, target: 0, subjects: [flat], companions }, seed);
      expect(share).toBeCloseTo(0.25, 6);
    }
  });
});

describe('random weights', () => {
  test('a random head changes CDAM and not the attention, and noise does not depend on the model', async () => {
    const before = vit.backend.memory().bytes;
    const [ofCdam = [], ofAttention = [], ofRandom = []] = await cascadingRandomisation(trial, { seed: 1 });
    expect(vit.backend.memory().bytes).toBe(before);
    expect(ofCdam).toHaveLength(vit.config.depth + 1);
    expect(ofCdam[0]).toBeLessThan(0.9);
    expect(ofAttention[0]).toBeCloseTo(1, 6);
    expect(ofAttention[1]).toBeLessThan(0.99);
    for (const value of ofRandom) expect(value).toBeCloseTo(1, 12);
  });

  test('the first stage is a model with random weights in the head and the last norm', async () => {
    const random = new Random(1);
    const drawn = { ...vit.weights };
    for (const name of ['head.bias', 'head.weight', 'norm.bias', 'norm.weight']) {
      const values = await vit.weight(name).data();
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
      drawn[name] = tensor(
        vit.backend,
        values.map(() => mean + deviation * random.normal()),
        vit.weight(name).shape,
      );
    }
    using other = look(new VisionTransformer(vit.config, drawn), view.pixels);
    const expected = spearman((await cdam(other, TARGET)).scores, (await cdam(view, TARGET)).scores);
    expect((await cascadingRandomisation(trial, { seed: 1 }))[0]?.[0]).toBeCloseTo(expected, 2);
  });
});

describe('agreement with masks', () => {
  const map = Float32Array.of(5, 3, -1, 2);

  test('a mask is the share of each patch that is inside', () => {
    // Two by two patches, each 2 pixels high and 3 wide.
    const inside = [1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1];
    const mask = maskOnGrid(inside, 6, [2, 2]);
    for (const [i, share] of [4 / 6, 0, 0, 1].entries()) expect(mask[i]).toBeCloseTo(share, 6);
  });

  test('the pointing game asks for the highest score', () => {
    expect(pointsInside(map, Float32Array.of(0.5, 0, 1, 0))).toBe(1);
    expect(pointsInside(map, Float32Array.of(0.4, 1, 1, 1))).toBe(0);
  });

  test('the share ignores negative scores', () => {
    expect(positiveShare(map, Float32Array.of(1, 0, 1, 0.5))).toBeCloseTo(6 / 10, 6);
    expect(positiveShare(Float32Array.of(-1, -2), Float32Array.of(1, 0))).toBeNaN();
  });

  test('intersection over union is taken at the best threshold, and never between equal scores', () => {
    // Thresholds 5, 3, 2, −1: 1/2, 1/3, 2/3, 2/4.
    expect(bestIntersectionOverUnion(map, Float32Array.of(1, 0, 0, 1))).toBeCloseTo(2 / 3, 6);
    expect(bestIntersectionOverUnion(Float32Array.of(1, 1, 1, 0), Float32Array.of(1, 0, 0, 0))).toBeCloseTo(1 / 3, 6);
  });
});

describe('the registry', () => {
  test('names each metric once, and says which there are when asked for another', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    expect(() => findMetric('beauty')).toThrow(/there is no metric "beauty"; there are area-mean, .*mask-iou/);
  });

  test('every metric gives one number for each subject', { timeout: 300_000 }, async () => {
    const companions = [view.pixels.map((x) => -x), view.pixels.toReversed(), view.pixels.map((x) => x / 2)];
    const whole = { ...trial, companions, mask: Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 1 : 0)) };
    for (const { name, measure } of METRICS) {
      const values = await measure(whole, { steps: 3, draws: 9, seed: 1 });
      expect(values.length, name).toBe(3);
      for (const value of values) expect(Number.isFinite(value), name).toBe(true);
    }
  });
});
