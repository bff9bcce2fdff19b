/** The words of a figure say what its colours mean. */
import type { TokenMap } from 'cdam';
import { expect, test } from 'vitest';
import { drawnScores, legendRows } from './figure.ts';

/** A map of 100 patches, of which one scores `outlier` and the others 1. */
function mapOf(method: string, outlier: number): TokenMap {
  const scores = new Float32Array(100).fill(1);
  scores[7] = outlier;
  return { method, target: { kind: 'class', index: 2, label: 'tabby' }, from: 'logit', grid: [10, 10], scores };
}

test('the legend has the score where colours end, and the largest where that lies beyond', () => {
  expect(legendRows(mapOf('cdam', -1.5), 1)).toEqual([['-1.00', '0', '1.00'], ['against', 'for'], ['clipped; largest 1.50']]);
  expect(legendRows(mapOf('attention', 1), 2)).toEqual([['0', '1.00'], ['', 'sharpened 2', ''], []]);
});

test('levels, which have no zero of their own, are drawn from the lowest to the highest', () => {
  const map = { ...mapOf('tis', 0.5), scores: Float32Array.from({ length: 100 }, (_, i) => 0.25 + i / 400) };
  expect(legendRows(map, 1)).toEqual([['0.250', '0.495'], ['', ''], ['clipped; largest 0.498']]);
  expect(Array.from(drawnScores(map).scores)).toEqual(Array.from(map.scores, (score) => Math.fround(score - 0.25)));
});
