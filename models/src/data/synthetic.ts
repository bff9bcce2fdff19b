/**
 * Made-up articles, of two kinds that are easy to tell apart, for tests that do not need the data set.
 */
import type { Random } from '@cdam/tensor';
import { ARTICLE_SIZE, type Articles } from './fashion-mnist.ts';

/** Noisy squares, alternately of class 0, which are light, and of class 1, which have vertical stripes. */
export function syntheticArticles(count: number, random: Random): Articles {
  const area = ARTICLE_SIZE * ARTICLE_SIZE;
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: count * area }, (_, i) => {
    const light = labels[Math.floor(i / area)] === 0 || i % 4 < 2;
    return (light ? 200 : 0) + random.below(50);
  });
  return { count, pixels, labels };
}
