/** The words of a figure say what its colours mean. */
import type { TokenMap } from 'cdam';
import { expect, test } from 'vitest';
import { legendRows } from './figure.ts';

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
