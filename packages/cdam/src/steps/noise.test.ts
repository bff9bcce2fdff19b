import { Random } from '@cdam/tensor';
import { describe, expect, it } from 'vitest';
import { normalQuantile, stratifiedNormals } from './noise.ts';

/** All copies, a row each. */
function copiesOf(seed: number, copies: number, size: number): Float32Array[] {
  const values = stratifiedNormals(new Random(seed), copies, size)(copies * size);
  return Array.from({ length: copies }, (_, i) => values.subarray(i * size, (i + 1) * size));
}

const meanOf = (values: Iterable<number>, f: (value: number) => number = (value) => value): number => {
  const all = Array.from(values, f);
  return all.reduce((a, b) => a + b, 0) / all.length;
};

describe('the quantile of the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.9, 1.2815515655446004],
    [0.02, -2.053748910631823],
    [1e-10, -6.361340902404056],
  ])('of %f is %f', (p, expected) => expect(Math.abs(normalQuantile(p) - expected)).toBeLessThanOrEqual(2e-9 * Math.abs(expected)));

  it('goes on without a step where its formula changes', () => {
    for (const p of [0.02425, 0.97575]) expect(normalQuantile(p + 1e-12) - normalQuantile(p - 1e-12)).toBeCloseTo(0, 8);
  });
});

describe('stratified noise', () => {
  it('puts the ten copies that share a hypercube into different tenths, for every number', () => {
    const copies = copiesOf(1, 100, 50);
    const bounds = Array.from({ length: 9 }, (_, k) => normalQuantile((k + 1) / 10));
    for (let first = 0; first < 100; first += 10)
      for (let at = 0; at < 50; at++) {
        const tenths = copies.slice(first, first + 10).map((copy) => bounds.filter((bound) => bound < (copy[at] ?? 0)).length);
        expect(tenths.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
  });

  it('gives every copy by itself independent normal noise', () => {
    for (const copy of copiesOf(2, 25, 40_000)) {
      expect(Math.abs(meanOf(copy))).toBeLessThan(0.025);
      expect(Math.abs(meanOf(copy, (z) => z ** 2) - 1)).toBeLessThan(0.035);
      expect(Math.abs(meanOf(copy, (z) => z ** 4) - 3)).toBeLessThan(0.35);
      for (const lag of [1, 3, 192, 4000])
        expect(Math.abs(meanOf(copy.subarray(lag).map((z, i) => z * (copy[i] ?? 0))))).toBeLessThan(0.025);
    }
  });

  it('is normal at a single place too, over many seeds', () => {
    const values = Array.from({ length: 4000 }, (_, seed) => copiesOf(seed, 12, 3)[11]?.[1] ?? Number.NaN);
    expect(Math.abs(meanOf(values))).toBeLessThan(0.07);
    expect(Math.abs(meanOf(values, (z) => z ** 2) - 1)).toBeLessThan(0.1);
    expect(Math.abs(meanOf(values, (z) => Number(z > 1.2816)) - 0.1)).toBeLessThan(0.02);
  });

  it('has a mean over the copies that hardly varies', () => {
    const size = 2000;
    const copies = copiesOf(3, 50, size);
    const means = Array.from({ length: size }, (_, at) => meanOf(copies.map((copy) => copy[at] ?? Number.NaN)));
    // With independent noise this would be 1/50.
    expect(meanOf(means, (mean) => mean ** 2)).toBeLessThan(0.1 / 50);
  });

  it('does not depend on how many copies are asked for at a time', () => {
    const together = stratifiedNormals(new Random(4), 23, 7)(23 * 7);
    const normals = stratifiedNormals(new Random(4), 23, 7);
    const apart = [1, 2, 12, 8].flatMap((count) => Array.from(normals(count * 7)));
    expect(apart).toEqual(Array.from(together));
  });

  it('shifts ten noises around for up to a hundred copies, and draws new ones for more', () => {
    const copies = copiesOf(5, 101, 30);
    // 50 and 51 copies, of ten noises each.
    const sorted = copies.map((copy) => copy.toSorted().join());
    expect(new Set(sorted).size).toBe(20);
    const [first = new Float32Array()] = copies;
    expect(Array.from(copies[10] ?? [])).toEqual([...first.subarray(3), ...first.subarray(0, 3)]);
    expect(new Set(sorted.slice(0, 50)).size).toBe(10);
    expect(new Set(sorted.slice(50)).size).toBe(10);
  });

  it('of a single copy is ordinary noise', () => {
    expect(copiesOf(6, 1, 5)).toHaveLength(1);
    expect(copiesOf(6, 1, 5)[0]?.every(Number.isFinite)).toBe(true);
  });
});
