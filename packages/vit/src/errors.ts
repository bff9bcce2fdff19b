/**
 * Errors of checkpoints and of what a user asks of a model. Each has a `code`, so that a caller need not read messages.
 */

/**
 * What is wrong with a checkpoint: `file` (not found, not readable), `safetensors` (the container is damaged), `dtype` (numbers of a
 * kind that is not read), `not-vit` (another kind of network), `unsupported` (a Vision Transformer with parts that are not built),
 * `keys` (tensors missing, unexpected or of a wrong shape), `config` (config.json is malformed or disagrees with the weights).
 */
export type CheckpointErrorCode = 'file' | 'safetensors' | 'dtype' | 'not-vit' | 'unsupported' | 'keys' | 'config';

/** A model folder, a safetensors file or a config.json that cannot be used. */
export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;
  constructor(code: CheckpointErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CheckpointError';
    this.code = code;
  }
}

/** Tensors that keep a checkpoint from becoming a model, all of them (the message shortens). Names are the file's, but for `missing`. */
export interface KeyTrouble {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly wrongShape: readonly string[];
}

/** A checkpoint whose tensors are not those of a complete model. Its `code` is `keys`. */
export class KeysError extends CheckpointError implements KeyTrouble {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly wrongShape: readonly string[];
  constructor(trouble: KeyTrouble) {
    const parts = [
      count(trouble.missing, 'missing'),
      count(trouble.unexpected, 'unexpected'),
      count(trouble.wrongShape, 'of a wrong shape'),
    ].filter((part) => part !== '');
    super('keys', `checkpoint: its tensors are not those of a complete Vision Transformer: ${parts.join('; ')}`);
    this.name = 'KeysError';
    this.missing = trouble.missing;
    this.unexpected = trouble.unexpected;
    this.wrongShape = trouble.wrongShape;
  }
}

/** What a user may get wrong: a `picture` (its pixels do not fit its size), a `size`, a `class` that does not exist or is ambiguous. */
export type InputErrorCode = 'picture' | 'size' | 'class';

export class InputError extends Error {
  readonly code: InputErrorCode;
  constructor(code: InputErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
    this.code = code;
  }
}

/** What a model cannot do: `weights` (one is missing), `input` (pixels of a wrong shape), `no-head` (it has no classes). */
export type ModelErrorCode = 'weights' | 'input' | 'no-head';

export class ModelError extends Error {
  readonly code: ModelErrorCode;
  constructor(code: ModelErrorCode, message: string) {
    super(message);
    this.name = 'ModelError';
    this.code = code;
  }
}

function count(names: readonly string[], what: string): string {
  return names.length === 0 ? '' : `${names.length} ${what} (${abridge(names)})`;
}

/** The first `most` names, and how many there are besides. */
export function abridge(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
