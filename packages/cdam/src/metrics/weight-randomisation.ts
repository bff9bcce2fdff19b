/**
 * A sanity check (Adebayo et al. 2018): a map that stays the same when the weights of the model are replaced by random ones does not
 * explain the model.
 */
import { Random, type Tensor, tensor } from '@cdam/tensor';
import { VisionTransformer } from '@cdam/vit';
import { look } from '../view/view.ts';
import { meanOf, spearman } from './statistics.ts';
import { mapsOf, type Trial } from './trial.ts';

/** How weights are drawn. */
export interface WeightRandomisationOptions {
  /** Seed of the weights. */
  readonly seed?: number | undefined;
}

/**
 * Cascading randomisation: for each subject, Spearman's correlation between its map and its map of the same class in a model with random
 * weights. First only the head and the norm before it are random, then the last block too, and so on down to the first block. Lower is
 * better.
 *
 * @returns for each subject one correlation for each stage, from the head down; NaN where a map is constant
 */
export async function cascadingRandomisation(trial: Trial, { seed = 0 }: WeightRandomisationOptions = {}): Promise<number[][]> {
  const { view, target, subjects } = trial;
  const { vit } = view;
  const maps = await mapsOf(trial);
  const correlations: number[][] = subjects.map(() => []);
  const random = new Random(seed);
  const drawn: Record<string, Tensor> = {};
  try {
    for (const part of partsFromTheTop(vit)) {
      for (const name of part) drawn[name] = await randomWeight(vit, name, random);
      using randomised = look(new VisionTransformer(vit.config, { ...vit.weights, ...drawn }), view.pixels);
      for (const [i, subject] of subjects.entries()) {
        const [map = new Float32Array()] = await subject.explain(randomised, [target]);
        correlations[i]?.push(spearman(map, maps[i] ?? []));
      }
    }
  } finally {
    for (const weight of Object.values(drawn)) weight.dispose();
  }
  return correlations;
}

/** For each subject the mean over the stages of `cascadingRandomisation`, without stages at which the map is constant. */
export async function weightRandomisation(trial: Trial, options: WeightRandomisationOptions = {}): Promise<number[]> {
  const stages = await cascadingRandomisation(trial, options);
  return stages.map((correlations) => meanOf(correlations.filter(Number.isFinite)));
}

/** The names of the weights after the blocks, then those of each block, the last block first. The weights before the blocks stay. */
function partsFromTheTop({ config, weights }: VisionTransformer): string[][] {
  const names = Object.keys(weights).sort();
  const head = names.filter((name) => /^(norm|fc_norm|head|head_dist)\./.test(name));
  const blocks = Array.from({ length: config.depth }, (_, i) => names.filter((name) => name.startsWith(`blocks.${config.depth - 1 - i}.`)));
  return [head, ...blocks];
}

/** Random normal values with the mean and the deviation of the weight that they replace, so that activations keep their scale. */
async function randomWeight({ weights, backend }: VisionTransformer, name: string, random: Random): Promise<Tensor> {
  const weight = weights[name];
  if (weight === undefined) throw new TypeError(`weightRandomisation: the weight "${name}" is missing`);
  const values = await weight.data();
  const mean = meanOf(values);
  const deviation = Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
  return tensor(
    backend,
    values.map(() => mean + deviation * random.normal()),
    weight.shape,
  );
}
