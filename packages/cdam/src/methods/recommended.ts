/** The method for people who have not asked for one. */
import type { MethodName } from './registry.ts';

/**
 * What each method is worth has been measured (docs/results.md). Frozen gates find what made an answer better than every published method
 * that was measured, on both models, for two forward passes; they are signed, tell classes apart and apply to every head. CDAM explains the
 * last block alone, which in those models carries a small part of the logit. The ledger finds less, for a hundredth of the price.
 */
export const RECOMMENDED_METHOD: MethodName = 'frozen-gates';
