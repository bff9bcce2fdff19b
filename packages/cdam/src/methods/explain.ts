/**
 * Explaining by the name of a method.
 */
import type { TokenMap } from '../maps/token-map.ts';
import type { Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { explainBy } from './explain-by.ts';
import { findMethod, type MethodName, type MethodOptions } from './registry.ts';

/**
 * Maps of targets by a method of the registry, read once.
 *
 * @param targets for a method that knows no classes they are left aside, and there is one map
 * @throws ExplanationError `method` for a name that is not in the list, an option that the method does not know, a value that the option
 *   does not take, or a model that the method does not apply to; `target` for a class that does not exist; `map` for a map that is not
 *   finite or zero throughout
 */
export async function explain<N extends MethodName>(
  view: View,
  name: N,
  targets: readonly Target[],
  options?: MethodOptions<N>,
): Promise<TokenMap[]> {
  return await explainBy(view, findMethod(name), targets, options);
}
