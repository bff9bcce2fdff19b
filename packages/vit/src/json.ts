/**
 * Reading JSON that may hold anything: every access says which kind of value it wants, and throws an error that names the field when it
 * finds another.
 */
import { CheckpointError } from './errors.ts';

/** What JSON.parse returns. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isPositiveInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/**
 * A JSON object, read field by field. A field that is absent or null is undefined. A field of another kind than the method is for is a
 * CheckpointError `config` that names it.
 */
export class Fields {
  readonly where: string;
  private readonly object: JsonObject;

  /** @param where names the object in errors, such as `config.json: pretrained_cfg` */
  constructor(value: unknown, where: string) {
    if (!isObject(value)) throw new CheckpointError('config', `${where}: must be a JSON object, but is ${shown(value)}`);
    this.object = value;
    this.where = where;
  }

  value(key: string): JsonValue | undefined {
    return Object.hasOwn(this.object, key) ? (this.object[key] ?? undefined) : undefined;
  }

  fields(key: string): Fields | undefined {
    const value = this.value(key);
    return value === undefined ? undefined : new Fields(value, `${this.where}: ${key}`);
  }

  keys(): string[] {
    return Object.keys(this.object);
  }

  string(key: string): string | undefined {
    return this.checked(key, 'a string', (value) => typeof value === 'string');
  }

  boolean(key: string): boolean | undefined {
    return this.checked(key, 'true or false', (value) => typeof value === 'boolean');
  }

  number(key: string): number | undefined {
    return this.checked(key, 'a finite number', (value): value is number => typeof value === 'number' && Number.isFinite(value));
  }

  /** A whole number of at least 0. */
  integer(key: string): number | undefined {
    const wanted = (value: JsonValue): value is number => value === 0 || isPositiveInteger(value);
    return this.checked(key, 'a whole number, not negative', wanted);
  }

  strings(key: string): readonly string[] | undefined {
    const wanted = (value: JsonValue): value is readonly string[] =>
      Array.isArray(value) && value.every((item) => typeof item === 'string');
    return this.checked(key, 'a list of strings', wanted);
  }

  numbers(key: string): readonly number[] | undefined {
    const wanted = (value: JsonValue): value is readonly number[] => Array.isArray(value) && value.every((item) => Number.isFinite(item));
    return this.checked(key, 'a list of numbers', wanted);
  }

  /** [height, width], from `16` or `[16, 12]`. */
  size(key: string): readonly [number, number] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const [height, width] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    if (isPositiveInteger(height) && isPositiveInteger(width)) return [height, width];
    throw this.wrong(key, 'a positive whole number or [height, width]', value);
  }

  /** The error for a field that holds something else than what is wanted. */
  wrong(key: string, wanted: string, value: unknown): CheckpointError {
    return new CheckpointError('config', `${this.where}: ${key} must be ${wanted}, but is ${shown(value)}`);
  }

  private checked<T extends JsonValue>(key: string, wanted: string, accept: (value: JsonValue) => value is T): T | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (!accept(value)) throw this.wrong(key, wanted, value);
    return value;
  }
}

/** A value as JSON for a message, shortened to fit on a line. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Parses the text of a JSON file. @param where names the file in errors. @throws CheckpointError `config` for malformed JSON */
export function parseJson(text: string, where: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError('config', `${where}: is not valid JSON (${detail})`, { cause });
  }
}
