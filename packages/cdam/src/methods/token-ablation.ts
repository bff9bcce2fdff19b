/**
 * Token ablation: how much the target falls when a patch's token is dropped after the position embedding, f(x) − f(x without i).
 * Exact, and as dear as one forward pass per patch; they run in batches of shorter sequences.
 */
import { broadcastTo, concat, gather, reshape, sub, type Tensor, tidy } from '@cdam/tensor';
import { batchSize } from '../batch-size.ts';
import type { Target } from '../target-gradients.ts';
import { scoresOf } from '../target-scores.ts';
import type { From } from '../token-map.ts';
import type { View } from '../view.ts';
import { pixelsOf } from './pixels.ts';

/** Bytes that the activations of one batch may take. */
const MEMORY = 2 ** 27;

/** [targets, patches] */
export function tokenAblation(view: View, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  const { prefixTokens, width, mlpWidth } = vit.config;
  return tidy(vit.backend, () => {
    const embedded = vit.embed(pixelsOf(view));
    const tokens = embedded.shape[1] ?? 0;
    const rows = reshape(embedded, [tokens, width]);
    const together = batchSize(vit.backend, tokens * 4 * (7 * width + mlpWidth), MEMORY);
    const patches = Array.from({ length: tokens - prefixTokens }, (_, i) => prefixTokens + i);
    const parts: Tensor[] = [];
    for (let start = 0; start < patches.length; start += together) {
      parts.push(
        tidy(vit.backend, () => {
          const dropped = patches.slice(start, start + together);
          const kept = dropped.flatMap((drop) => Array.from({ length: tokens }, (_, i) => i).filter((i) => i !== drop));
          return scoresAfter(view, reshape(gather(rows, kept), [dropped.length, tokens - 1, width]), targets, from);
        }),
      );
    }
    const whole = scoresAfter(view, embedded, targets, from);
    return sub(broadcastTo(whole, [targets.length, patches.length]), concat(parts, 1));
  });
}

/** f of each target for a batch of embedded tokens: [targets, batch]. */
function scoresAfter(view: View, embedded: Tensor, targets: readonly Target[], from: From): Tensor {
  const { vit } = view;
  return tidy(vit.backend, () => {
    let x = embedded;
    for (let i = 0; i < vit.config.depth - 1; i++) x = vit.block(i, x);
    return scoresOf(vit, vit.readout(x), targets, from);
  });
}
