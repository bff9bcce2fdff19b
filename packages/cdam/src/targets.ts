/**
 * Names for targets: what a person types (`top1`, `top5`, `all`, a class index, a label) turned into classes of the model.
 */
import { findClass, labelOf } from '@cdam/vit';
import { ExplanationError } from './errors.ts';
import type { ClassTarget } from './token-map.ts';
import type { View } from './view.ts';

/**
 * Classes by what a person typed, in the order typed, each once.
 *
 * @param names `top1`, `top5` (any number), `all`, a class index, an identifier or a label
 * @throws ExplanationError `target` when a name is no class (with the nearest labels) or when the model has no head
 */
export async function resolveTargets(view: View, names: readonly (string | number)[]): Promise<ClassTarget[]> {
  const { config } = view.vit;
  if (config.classes === 0) {
    throw new ExplanationError(
      'target',
      `${config.name} has no head, so it has no classes to explain; give a function of the latent, or use the attention map`,
    );
  }
  const indices = new Set<number>();
  for (const name of names) for (const index of await resolve(view, name)) indices.add(index);
  return Array.from(indices, (index) => ({ kind: 'class', index, label: labelOf(view.vit.config, index) }));
}

async function resolve(view: View, name: string | number): Promise<readonly number[]> {
  const { config } = view.vit;
  if (name === 'all') return Array.from({ length: config.classes }, (_, index) => index);
  const top = typeof name === 'string' ? /^top([1-9]\d*)$/.exec(name) : null;
  if (top) return (await view.predictions(Number(top[1]))).map(({ index }) => index);
  try {
    return [findClass(config, String(name))];
  } catch (error) {
    throw new ExplanationError('target', error instanceof Error ? error.message : String(error), { cause: error });
  }
}
