/**
 * The errors of this package. Each has a `code`, so that a program can tell them apart without reading messages.
 */

/**
 * `picture`: a picture or its mask cannot be read. `shard`: the environment names a part that does not exist. `settings`: a file is not
 * from an evaluation, or from one with other settings. `record`: the record of a picture is damaged, or says something else than another one of it. `folder`: a folder cannot be read, or
 * holds no evaluation. `output`: a file cannot be written.
 */
export type EvaluationErrorCode = 'picture' | 'shard' | 'settings' | 'record' | 'folder' | 'output';

/** An evaluation that cannot begin or continue, or a picture that cannot be measured. */
export class EvaluationError extends Error {
  readonly code: EvaluationErrorCode;
  constructor(code: EvaluationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EvaluationError';
    this.code = code;
  }
}
