/**
 * Noise in the shape of a map: what every table of methods is measured against.
 */
import { concat, Random, randomNormal, type Tensor, tidy } from '@cdam/tensor';
import type { Target } from '../target-gradients.ts';
import type { View } from '../view.ts';

/** Standard normal numbers, [targets, patches], each target from a stream of its own. */
export function randomMaps(view: View, targets: readonly Target[], seed: number): Tensor {
  const [rows, columns] = view.grid;
  return tidy(view.vit.backend, () =>
    concat(
      targets.map((_, i) => randomNormal(view.vit.backend, [1, rows * columns], new Random(seed * 2 ** 20 + i))),
      0,
    ),
  );
}
