/** Every method of the registry, run on a small model: a map that has the shape and the sign that the registry says. */
import { explain, explainBy, METHODS } from 'cdam';
import { expect, it } from 'vitest';
import { openSmallModel } from './small-model.ts';

/** Few steps, samples and masks, where a method has them. */
const FEW: Readonly<Record<string, number>> = { steps: 3, samples: 2, masks: 6, threshold: 0.15 };

const { view } = await openSmallModel();

it.each(METHODS.map((method) => [method.name, method] as const))('%s', { timeout: 120_000 }, async (_, method) => {
  const options = Object.fromEntries(Object.entries(FEW).filter(([name]) => name in method.options));
  const maps = await explainBy(view, method, [5, 6], options);
  expect(maps).toHaveLength(method.classSpecific ? 2 : 1);
  for (const { scores, grid } of maps) {
    expect(scores).toHaveLength(grid[0] * grid[1]);
    if (method.sign === 'non-negative') expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
  }
  if (method.classSpecific) expect(maps[1]?.scores).not.toEqual(maps[0]?.scores);
});

it('ViT-CX says when its threshold makes one mask of everything, and TIS refuses masks that are all alike', async () => {
  await expect(explain(view, 'vit-cx', [5], { threshold: 2 })).rejects.toThrow('a threshold of 2 makes one mask');
  await expect(explain(view, 'tis', [5], { tokens: 1 })).rejects.toThrow('tokens is 1; give a number above 0 and below 1');
});
