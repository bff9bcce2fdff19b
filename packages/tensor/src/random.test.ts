import { describe, expect, it } from 'vitest';
import { createReferenceBackend, Random, randomNormal } from './index.ts';

describe('the random generator', () => {
  it('repeats its stream from an equal seed, and not from another', () => {
    const draw = (seed: number): number[] =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.integer()
        )(new Random(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(2 ** 40)).not.toEqual(draw(2 ** 41));
  });

  it('goes on from a saved state', () => {
    const random = new Random(3);
    random.normal();
    const copy = new Random(random.state);
    expect(copy.uniform()).toBe(random.uniform());
  });

  it('draws evenly and normally', async () => {
    const random = new Random(5);
    const counts = new Array<number>(8).fill(0);
    for (let i = 0; i < 8000; i++) {
      const bin = random.below(8);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(880);
    const normal = await randomNormal(createReferenceBackend(), [10_000], random, { mean: 2, deviation: 3 }).data();
    const mean = normal.reduce((a, b) => a + b) / normal.length;
    const variance = normal.reduce((a, b) => a + (b - mean) ** 2, 0) / normal.length;
    expect(Math.abs(mean - 2)).toBeLessThan(0.1);
    expect(Math.abs(Math.sqrt(variance) - 3)).toBeLessThan(0.1);
  });

  it('draws many normal numbers at once, of the same distribution', () => {
    const normal = new Random(6).normals(10_001);
    const mean = normal.reduce((a, b) => a + b) / normal.length;
    const moment = (k: number): number => normal.reduce((a, b) => a + (b - mean) ** k, 0) / normal.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.05);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.3);
    expect(normal.every(Number.isFinite)).toBe(true);
  });

  it('shuffles without losing anything', () => {
    const shuffled = new Random(1).shuffle(Array.from({ length: 50 }, (_, i) => i));
    expect(shuffled).not.toEqual(shuffled.toSorted((a, b) => a - b));
    expect(new Set(shuffled).size).toBe(50);
  });
});
