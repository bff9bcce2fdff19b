/**
 * The conformance suite of the backend contract (`../backend.ts`): each primitive on many sizes, compared with a few lines of 64-bit
 * arithmetic. A new backend is right when it passes. What its author does:
 *
 * 1. Implement `Backend`. Primitives that are still missing may throw.
 * 2. Run the cases below, on any test framework or on none; `conformance.test.ts` does it in ten lines. Begin with the cases whose names
 *    start with `full`, `unary` and `copy`, and end with `attentionGradient`: `name` begins with the name of the primitive.
 * 3. A case fails when its error is larger than its tolerance, and throws when the primitive leaves storage behind. Each file of this
 *    folder has the cases of one kind of primitive; read the formula of the expected values there.
 *
 * Tolerances are the same for every backend: a kernel that needs a larger one loses digits somewhere.
 *
 * @example
 * for (const { name, run } of conformanceCases) {
 *   const { error, tolerance } = await run(backend);
 *   if (!(error <= tolerance)) console.log('wrong', name, error, tolerance);
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
