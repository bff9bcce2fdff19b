/**
 * What can go wrong with an explanation. Each error has a `code`.
 */

/** `target`: there is no such class, or the target has no single value. `map`: a map came out empty or not finite. `method`: the method does not apply to this model. `metric`: there is no such metric, or it lacks what it needs. `rendering`: a size, a clip or an opacity that cannot be drawn. */
export type ExplanationErrorCode = 'target' | 'map' | 'method' | 'metric' | 'rendering';

export class ExplanationError extends Error {
  readonly code: ExplanationErrorCode;
  constructor(code: ExplanationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExplanationError';
    this.code = code;
  }
}
