/**
 * Noise in the shape of a map: what every table of methods is measured against.
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
    // Each class draws from a stream of its own, whichever targets are asked for beside it.
    const maps = targets.map((target, i) => {
      const stream = (seed * 2 ** 12 + (isLatentTarget(target) ? i : classIndexOf(target))) % 2 ** 31;
      return randomNormal(view.vit.backend, [1, rows * columns], new Random(stream * 2 ** 20));
    });
    return concat(maps, 0);
  },
});
