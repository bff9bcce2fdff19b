/**
 * Errors that a caller can tell apart. Each has a `code`; the message names the operation, the offending value and what to do.
 */
export type ErrorCode = 'shape' | 'disposed' | 'gradient' | 'backend' | 'device-lost' | 'argument';

export class TensorError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TensorError';
    this.code = code;
  }
}

/** `[2, 197, 768]` */
export function describe(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
