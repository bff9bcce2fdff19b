/**
 * Makes maps of targets by a method.
 */
import { checkedMap, type TokenMap } from '../maps/token-map.ts';
import { describeTargets, type From, type Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import type { Method } from './method.ts';
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

/** As `explain`, by a method that `findMethod` returned, or by a method of your own that `defineMethod` made. */
export async function explainBy(
  view: View,
  method: Method,
  targets: readonly Target[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<TokenMap[]> {
  const described = method.classSpecific ? describeTargets(view.vit.config, targets) : [undefined];
  const read = await method.read(view, targets, options);
  const from = method.options.from && ((options.from ?? method.options.from.fallback) as From);
  return described.map((target, i) => {
    const { scores = new Float32Array(), completeness } = read[i] ?? {};
    const map = { method: method.name, target, from: target?.kind === 'class' ? from : undefined, grid: view.grid, scores };
    return checkedMap(completeness === undefined ? map : { ...map, completeness });
  });
}

/**
 * The class-discriminative attention map of one target.
 *
 * @throws ExplanationError as `explain` does
 */
export async function cdam(view: View, target: Target, options: MethodOptions<'cdam'> = {}): Promise<TokenMap> {
  const [map] = await explain(view, 'cdam', [target], options);
  return map as TokenMap;
}

/** The attention map of the last block, which is the same for every class. @throws ExplanationError as `explain` does */
export async function attentionMap(view: View, options: MethodOptions<'attention'> = {}): Promise<TokenMap> {
  const [map] = await explain(view, 'attention', [], options);
  return map as TokenMap;
}
