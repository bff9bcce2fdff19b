/**
 * Errors as a person at a terminal should see them: one line that says what is wrong and what to do.
 */
import { EvaluationError } from '@cdam/evaluation';
import { TensorError } from '@cdam/tensor';
import { CheckpointError, InputError, ModelError } from '@cdam/vit';
import { ExplanationError } from 'cdam';
import { CommanderError } from 'commander';

/** `usage`: options that cannot be meant. `image`: a file that is no picture we read. `output`: a place where nothing can be written. */
export type CliErrorCode = 'usage' | 'image' | 'output';

export class CliError extends Error {
  readonly code: CliErrorCode;
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}

const EXPECTED = [CliError, CheckpointError, InputError, ModelError, ExplanationError, EvaluationError, TensorError, CommanderError];

/** An error's message on one line. One that nobody foresaw is called so, and shows its stack when CDAM_DEBUG is set. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const line = message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (EXPECTED.some((kind) => error instanceof kind)) return line;
  if (process.env.CDAM_DEBUG && error instanceof Error) return `unexpected error: ${error.stack ?? message}`;
  return `unexpected error: ${line}; please report it, with what CDAM_DEBUG=1 shows`;
}

/** The `code` of a failed system call, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
