/**
 * The errors of this package. Each has a `code`, so that a program can tell them apart without reading messages.
 */

/**
 * `target`: there is no such class, or the target is not a single number. `map`: a map is zero everywhere or not finite,
 * or a region has a patch that there is not. `method`: there
 * is no such method or option, or the method does not apply to the model. `basis`: an explanation basis cannot have the rank that it is to
 * be written with. `metric`: there is no such metric, or something that it needs is missing. `rendering`: a size, a range of quantiles, a
 * unit, an opacity or a power of sharpening that cannot be drawn.
 */
export type ExplanationErrorCode = 'target' | 'map' | 'method' | 'basis' | 'metric' | 'rendering';

/** A picture that cannot be explained as it was asked for. */
export class ExplanationError extends Error {
  readonly code: ExplanationErrorCode;
  constructor(code: ExplanationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExplanationError';
    this.code = code;
  }
}
