/**
 * What Smooth and Integrated CDAM share: the mean of maps over alterations of what enters the last block, a few at a time.
 */
import { add, mul, sum, type Tensor, tidy } from '@cdam/tensor';
import { type LastBlockInput, lastBlockMaps, routeFor } from '../last-block.ts';
import type { Target } from '../target-gradients.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';

/** Bytes that the alterations of one step may take while they go through the last block. */
const MEMORY = 2 ** 27;

/**
 * The mean of maps over alterations.
 *
 * @param count how many alterations there are
 * @param alter makes alterations `from` (inclusive) to `to` (exclusive), as one batch
 * @returns [targets, patches]
 */
export function meanMaps(
  view: View,
  targets: readonly Target[],
  from: From,
  count: number,
  alter: (from: number, to: number) => LastBlockInput,
): Tensor {
  const { vit } = view;
  const { width, mlpWidth, heads } = vit.config;
  const ofTokens = 10 * view.tokens.size;
  const ofTargets = targets.length * (3 * mlpWidth + 6 * width + (4 * heads * view.tokens.size) / width);
  const together = Math.max(1, Math.floor(MEMORY / (4 * (ofTokens + ofTargets))));
  return tidy(vit.backend, () => {
    let total: Tensor | undefined;
    for (let start = 0; start < count; start += together) {
      const previous: Tensor | undefined = total;
      total = tidy(vit.backend, () => {
        const scores = lastBlockMaps(vit, alter(start, Math.min(count, start + together)), targets, from, routeFor(vit, undefined));
        const part = sum(scores, { axes: [0] });
        return previous === undefined ? part : add(previous, part);
      });
      previous?.dispose();
    }
    if (total === undefined) throw new RangeError('meanMaps: there are no alterations');
    return mul(total, 1 / count);
  });
}
