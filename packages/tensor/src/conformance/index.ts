/**
 * The conformance suite: every primitive of the backend contract, on any backend, against a few lines of 64-bit arithmetic.
 *
 * @example
 * for (const { name, run } of conformanceCases) {
 *   const { error, tolerance } = await run(backend);
 *   console.log(error <= tolerance ? 'ok' : 'WRONG', name, error, tolerance);
 * }
 */
import { attentionCases } from './attention.ts';
import type { ConformanceCase } from './case.ts';
import { elementwiseCases } from './elementwise.ts';
import { movementCases } from './movement.ts';
import { optimiserCases } from './optimisers.ts';
import { productCases } from './products.ts';
import { rowCases } from './rows.ts';

export type { ConformanceCase, ConformanceResult } from './case.ts';

/** Every case. A backend conforms when each `error` is at most its `tolerance`. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...elementwiseCases,
  ...movementCases,
  ...rowCases,
  ...productCases,
  ...attentionCases,
  ...optimiserCases,
];
