/**
 * Makes maps of targets by the name of a method.
 */
import type { TokenMap } from '../maps/token-map.ts';
import type { Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { explainBy } from './explain-by.ts';
import { findMethod, type MethodName, type MethodOptions } from './registry.ts';

/**
 * Maps of targets by a method of the registry, one for each target. They are read from the backend together.
 *
 * @param targets a method that does not depend on the class ignores them and gives one map
 * @throws ExplanationError `method` for a name that is not in the registry, an option that the method does not have, a value that the
 *   option does not take, or a model that the method does not apply to; `target` for a class that does not exist; `map` for a map that is
 *   not finite or zero everywhere
 */
export async function explain<N extends MethodName>(
  view: View,
  name: N,
  targets: readonly Target[],
  options?: MethodOptions<N>,
): Promise<TokenMap[]> {
  return await explainBy(view, findMethod(name), targets, options);
}
