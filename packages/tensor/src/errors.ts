/**
 * Errors that a caller can tell apart by their `code`. The message names the function that was called, the value that is wrong, and
 * what to do.
 */

/**
 * `shape`: shapes do not fit. `argument`: another argument is wrong. `disposed`: something was used after it was freed. `gradient`:
 * this gradient does not exist. `backend`: the backend cannot do this. `device-lost`: the GPU has stopped answering.
 */
export type ErrorCode = 'shape' | 'disposed' | 'gradient' | 'backend' | 'device-lost' | 'argument';

/**
 * The error that this library throws.
 *
 * @example
 * const error = new TensorError('argument', 'huber: delta is 0');
 * error.code; // argument
 */
export class TensorError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TensorError';
    this.code = code;
  }
}

/**
 * A shape as messages show it. Cannot fail.
 *
 * @example describe([2, 197, 768]); // [2, 197, 768]
 */
export function describe(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** Throws a TensorError that names a number which breaks its rule, unless it is `valid`. @internal */
export function checkNumber(op: string, name: string, value: number, valid: boolean, rule: string): void {
  if (!valid) throw new TensorError('argument', `${op}: ${name} is ${value}; it must be ${rule}`);
}
