/** The refusal of methods that know only heads which read the class token alone. */
import { readsClassTokenAlone } from '../closed-form/class-attention.ts';
import { ExplanationError } from '../errors.ts';
import type { View } from '../view/view.ts';

/** @throws ExplanationError `method`, with another method to take, when the head reads more than the class token */
export function checkHeadReadsClassToken({ vit }: View, method: string, instead: string): void {
  if (readsClassTokenAlone(vit)) return;
  throw new ExplanationError(
    'method',
    `${method}: the head reads more than the class token, which the method does not know; use ${instead}`,
  );
}
