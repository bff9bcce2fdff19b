/**
 * The method for people who have not asked for one. What each method is worth has been measured (docs/results.md): the ledger tells what
 * speaks for a class about as well as methods that cost many times more, on all models that were measured, and it has a basis. CDAM
 * explains the last block alone, which in most models carries a small part of the logit.
 */
import type { VisionTransformer } from '@cdam/vit';
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import type { MethodName } from './registry.ts';

/** `ledger` where the head reads the class token alone; `frozen-gates` elsewhere, which follows all tokens. */
export function recommendedMethod(vit: Pick<VisionTransformer, 'config'>): MethodName {
  return readsClassTokenAlone(vit) ? 'ledger' : 'frozen-gates';
}
