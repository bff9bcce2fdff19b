/** What attention is the sum of. */
import { describe, expect, it } from 'vitest';
import { attentionTerms, createReferenceBackend, openTape, Random, randomNormal, selfAttention, slice, sum } from '../index.ts';

const backend = createReferenceBackend({ precision: 64 });
const qkv = randomNormal(backend, [2, 5, 24], new Random(1));

describe('attentionTerms', () => {
  it('sums over the tokens to the first row of attention', async () => {
    const first = await slice(selfAttention(qkv, { heads: 2 }), 1, 0, 1).data();
    const total = await sum(attentionTerms(qkv, { heads: 2 }).terms, { axes: [1] }).data();
    for (const [i, value] of total.entries()) expect(value).toBeCloseTo(first[i] ?? 0, 6);
  });

  it('gives the same while a tape records, when it is computed in steps', async () => {
    const fused = attentionTerms(qkv, { heads: 2 });
    using tape = openTape(backend);
    tape.watch(qkv);
    const steps = attentionTerms(qkv, { heads: 2 });
    for (const part of ['terms', 'own'] as const) {
      const expected = await fused[part].data();
      expect(steps[part].shape).toEqual(fused[part].shape);
      for (const [i, value] of (await steps[part].data()).entries()) expect(value).toBeCloseTo(expected[i] ?? 0, 6);
    }
  });
});
