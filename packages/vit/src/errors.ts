/**
 * The errors of this package. Each has a `code`, so that a program can tell them apart without reading messages.
 */

/**
 * What is wrong with a checkpoint: `file` (not found or not readable), `safetensors` (the container is damaged), `dtype` (a number
 * format that is not supported), `not-vit` (another kind of network), `unsupported` (a Vision Transformer with parts that are not
 * supported), `keys` (tensors missing, unexpected or of a wrong shape), `config` (config.json is malformed or disagrees with the weights).
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

/** All tensors that do not fit a complete model. (The error message shortens long lists.) */
export interface KeyTrouble {
  /** Names as timm has them. */
  readonly missing: readonly string[];
  /** Names as the file has them. */
  readonly unexpected: readonly string[];
  /** Names as the file has them, each with the shape found and the shape expected. */
  readonly wrongShape: readonly string[];
}

/** The tensors of a checkpoint are not those of a complete model. The `code` is `keys`. */
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

/** What a user may get wrong: a `picture` (its bytes do not fit its size), a `size`, a `class` (it does not exist or is ambiguous). */
export type InputErrorCode = 'picture' | 'size' | 'class';

/** A picture, a size or the name of a class that cannot be used. */
export class InputError extends Error {
  readonly code: InputErrorCode;
  constructor(code: InputErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputError';
    this.code = code;
  }
}

/**
 * What a model cannot do: `weights` (a weight is missing), `input` (pixels of a wrong shape, or a block that does not exist), `no-head`
 * (the model has no classes).
 */
export type ModelErrorCode = 'weights' | 'input' | 'no-head';

/** A model was asked for something that it cannot do. */
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

/** The first `most` names, and how many more there are. */
export function abridge(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
