/**
 * The smallest share of patches that keeps the class: how little of the picture, the best patches first, is enough for the model to say
 * what it said. Tokens of all other patches are dropped, so that nothing of them is left: the hard masking of Aniraj et al.
 * (arXiv 2506.08915), asked of a model that was not trained for it.
 */
import type { View } from '../view/view.ts';
import { rankPatches } from './curves.ts';
import { flagsOf, mostRemovable, scoresWithout } from './removal.ts';

/** How many numbers of patches are asked for together, because each request embeds the picture anew. */
const TOGETHER = 8;

/**
 * The smallest k such that the model predicts the class from the k patches with the highest scores alone, divided by the number of
 * patches. Lower is better. NaN where the model does not predict the class from the whole picture. For the prediction see `ClassScore`.
 *
 * All k are tried from below until one is enough, so the result is exact; steps would pass over a prediction that comes and goes. A map
 * costs as many forward passes as patches are needed, all of them over sequences of no more than these patches.
 *
 * @param target class index
 * @param maps [patches] each
 * @param seed of the order of patches of equal score
 * @returns one share for each map, from 0, where prefix tokens alone are enough, to 1
 */
export async function smallestShare(view: View, target: number, maps: readonly Float32Array[], seed = 0): Promise<number[]> {
  const patches = view.grid[0] * view.grid[1];
  const [whole] = await scoresWithout(view, target, [new Uint8Array(patches)], 'drop');
  if (whole?.predicted !== true) return maps.map(() => Number.NaN);
  const orders = maps.map((map) => rankPatches(map, seed));
  // The whole picture is enough, so every search ends.
  const found = maps.map(() => patches);
  let open = [...maps.keys()];
  for (let first = patches - mostRemovable(view, 'drop'); first < patches && open.length > 0; first += TOGETHER) {
    const counts = Array.from({ length: Math.min(TOGETHER, patches - first) }, (_, i) => first + i);
    const removed = open.flatMap((m) => counts.map((kept) => flagsOf((orders[m] ?? []).slice(kept), patches)));
    const scores = await scoresWithout(view, target, removed, 'drop');
    const enough = open.map((_, i) => counts.find((_, k) => scores[i * counts.length + k]?.predicted));
    for (const [i, m] of open.entries()) found[m] = enough[i] ?? patches;
    open = open.filter((_, i) => enough[i] === undefined);
  }
  return found.map((kept) => kept / patches);
}
