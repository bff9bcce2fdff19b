/** The errors of the element. Each has a `code`, and a sentence that the element shows where it arose. */

/**
 * `network`: the file of the basis could not be fetched. `basis`: it is not a basis, or damaged. `picture`: the photo could not be read, or may not be
 * copied. `target`: there is no such class. `map`: the map is zero everywhere or not finite, or a region has a patch that there is not.
 * `rendering`: an opacity, a clip or a power of sharpening that cannot be drawn.
 */
export type CdamMapErrorCode = 'network' | 'basis' | 'picture' | 'target' | 'map' | 'rendering';

/** What `<cdam-map>` could not do. */
export class CdamMapError extends Error {
  readonly code: CdamMapErrorCode;
  constructor(code: CdamMapErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CdamMapError';
    this.code = code;
  }
}

/** The codes of the libraries that are codes here too. */
const SAME: readonly string[] = ['target', 'map', 'rendering'] satisfies CdamMapErrorCode[];

/**
 * An error of the libraries as one of the element.
 * @param otherwise the code of an error that has none of ours
 */
export function asMapError(error: unknown, otherwise: CdamMapErrorCode): CdamMapError {
  if (error instanceof CdamMapError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const own = code === 'class' ? 'target' : SAME.includes(code) ? (code as CdamMapErrorCode) : otherwise;
  return new CdamMapError(own, message, { cause: error });
}
