/**
 * The two maps that are asked for most, each with its method alone.
 */
import type { TokenMap } from '../maps/token-map.ts';
import type { Target } from '../targets/target.ts';
import type { View } from '../view/view.ts';
import { attention } from './attention.ts';
import { cdam as cdamMethod } from './cdam.ts';
import { explainBy } from './explain-by.ts';
import type { MethodOptions } from './registry.ts';

/**
 * The class-discriminative attention map of one target.
 *
 * @throws ExplanationError as `explain` does
 */
export async function cdam(view: View, target: Target, options: MethodOptions<'cdam'> = {}): Promise<TokenMap> {
  const [map] = await explainBy(view, cdamMethod, [target], options);
  return map as TokenMap;
}

/** The attention map of the last block, which knows no class. @throws ExplanationError as `explain` does */
export async function attentionMap(view: View, options: MethodOptions<'attention'> = {}): Promise<TokenMap> {
  const [map] = await explainBy(view, attention, [], options);
  return map as TokenMap;
}
