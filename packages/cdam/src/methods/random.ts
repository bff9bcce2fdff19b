/**
 * Random noise in the shape of a map: the baseline of every comparison of methods.
 */
import { concat, Random, randomNormal } from '@cdam/tensor';
import { classIndexOf, isLatentTarget } from '../targets/target.ts';
import { defineMethod, type Method } from './method.ts';
import { SEED } from './options.ts';

export const random: Method<'random', { seed: number }> = defineMethod({
  name: 'random',
  summary: 'seeded noise, the baseline of every comparison',
  needs: 'nothing',
  cost: '0',
  classSpecific: true,
  sign: 'signed',
  unit: 'none',
  options: { seed: SEED },
  scores(view, targets, { seed }) {
    const [rows, columns] = view.grid;
    // Each class has a seed of its own, so that its noise does not depend on the other targets.
    const maps = targets.map((target, i) => {
      const own = (seed * 2 ** 12 + (isLatentTarget(target) ? i : classIndexOf(target))) % 2 ** 31;
      return randomNormal(view.vit.backend, [1, rows * columns], new Random(own * 2 ** 20));
    });
    return concat(maps, 0);
  },
});
