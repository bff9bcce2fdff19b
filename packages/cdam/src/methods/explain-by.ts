/**
 * From a method and targets to maps. This file knows no list of methods: a page that needs one method loads one.
 */
import { checkedMap, type TokenMap } from '../maps/token-map.ts';
import { describeTargets, type From, type Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import type { Method } from './method.ts';

/**
 * As `explain`, by a method that was found by its name, or by one of your own, made with `defineMethod`.
 *
 * @throws ExplanationError as `explain` does
 */
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
    const { scores = new Float32Array(), ...more } = read[i] ?? {};
    return checkedMap({ method: method.name, target, from: target?.kind === 'class' ? from : undefined, grid: view.grid, scores, ...more });
  });
}
