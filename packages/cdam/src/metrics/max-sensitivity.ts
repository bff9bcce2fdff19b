/**
 * Max-sensitivity (Yeh et al. 2019): how much a map changes when the picture changes slightly.
 */
import { Random } from '@cdam/tensor';
import { look } from '../view/view.ts';
import { mapsOf, type Trial } from './trial.ts';

/** The noise that is added to the picture. */
export interface MaxSensitivityOptions {
  /** The noise is uniform in [−radius, radius], in units of the normalised input: 0.02 by default, as in Captum. */
  readonly radius?: number | undefined;
  /** How many noisy pictures there are: 10 by default. */
  readonly samples?: number | undefined;
  /** Seed of the noise. */
  readonly seed?: number | undefined;
}

/** For each subject, the largest ‖map(x + noise) − map(x)‖ / ‖map(x)‖ over the noisy pictures. Lower is better. */
export async function maxSensitivity(
  trial: Trial,
  { radius = 0.02, samples = 10, seed = 0 }: MaxSensitivityOptions = {},
): Promise<number[]> {
  const { view, target, subjects } = trial;
  const random = new Random(seed);
  const maps = await mapsOf(trial);
  const largest = subjects.map(() => 0);
  for (let sample = 0; sample < samples; sample++) {
    using noisy = look(
      view.vit,
      view.pixels.map((value) => value + radius * (2 * random.uniform() - 1)),
    );
    for (const [i, subject] of subjects.entries()) {
      const [map = new Float32Array()] = await subject.explain(noisy, [target]);
      const own = maps[i] ?? new Float32Array();
      largest[i] = Math.max(largest[i] ?? 0, norm(map.map((score, j) => score - (own[j] ?? Number.NaN))) / norm(own));
    }
  }
  return largest;
}

function norm(values: Float32Array): number {
  return Math.hypot(...values);
}
