/** Every method of the registry, run on a small model: a map that has the shape and the sign that the registry says. */
import { explainBy, METHODS } from 'cdam';
import { expect, it } from 'vitest';
import { openSmallModel } from './small-model.ts';

/** Few steps and samples, where a method has them. */
const FEW: Readonly<Record<string, number>> = { steps: 3, samples: 2 };

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
