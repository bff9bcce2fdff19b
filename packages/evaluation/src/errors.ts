/**
 * What can go wrong with an evaluation. Each error has a `code`.
 */

/**
 * `picture`: a picture or its mask cannot be read. `shard`: the environment names a part that cannot be. `settings`: what is kept is no
 * evaluation, or one of other settings. `record`: the record of a picture is damaged. `folder`: a folder cannot be read, or holds no
 * evaluation. `output`: something cannot be written.
 */
export type EvaluationErrorCode = 'picture' | 'shard' | 'settings' | 'record' | 'folder' | 'output';

export class EvaluationError extends Error {
  readonly code: EvaluationErrorCode;
  constructor(code: EvaluationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EvaluationError';
    this.code = code;
  }
}
