/**
 * Errors of the command line, and how errors are shown: one line that says what is wrong and what to do.
 */
import { EvaluationError } from '@cdam/evaluation';
import { TensorError } from '@cdam/tensor';
import { CheckpointError, InputError, ModelError } from '@cdam/vit';
import { ExplanationError } from 'cdam';
import { CommanderError } from 'commander';

/** `usage`: options that are wrong. `image`: a file that is not a picture that can be read. `output`: a file that cannot be written. */
export type CliErrorCode = 'usage' | 'image' | 'output';

/** A command that cannot be carried out. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}

const EXPECTED = [CliError, CheckpointError, InputError, ModelError, ExplanationError, EvaluationError, TensorError, CommanderError];

/** The message of an error on one line. An error of another kind is called unexpected; it shows its stack when CDAM_DEBUG is set. */
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
