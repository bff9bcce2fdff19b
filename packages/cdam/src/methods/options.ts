/**
 * What a method may be told. An option is declared once, where its method is: what it does, which values it takes and which it has when
 * nothing is given. The types of a program, the checks, the command line and its help are made from these declarations.
 */
import { ExplanationError } from '../errors.ts';
import type { From } from '../targets/target.ts';

/** One option of a method, whose values are of type T. */
export interface MethodOption<T> {
  /** What it does, in a few words. */
  readonly summary: string;
  /** The value when none is given; undefined where the method then decides by itself. */
  readonly fallback: T;
  /** The values that it takes, in words: `a whole number from 1`. */
  readonly wanted: string;
  /** The words that it takes, where it takes words. */
  readonly words: readonly string[] | undefined;
  /** @internal Whether something is one of its values. */
  readonly accepts: (value: unknown) => boolean;
}

/** The options of a method by their names, whose values are V. */
export type OptionsOf<V> = { readonly [K in keyof V]: MethodOption<V[K]> };

/** Values for some of the options. */
export type GivenOptions<V> = { readonly [K in keyof V]?: V[K] | undefined };

/** A whole number. */
export function wholeNumber(least: number, fallback: number, summary: string): MethodOption<number> {
  const accepts = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= least;
  return { summary, fallback, wanted: `a whole number from ${least}`, words: undefined, accepts };
}

/** A number from 0. */
export function share(fallback: number, summary: string): MethodOption<number> {
  const accepts = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
  return { summary, fallback, wanted: 'a number from 0', words: undefined, accepts };
}

/** One of a few words, the first unless another is given. */
export function oneOf<const T extends string>(words: readonly [T, ...T[]], summary: string): MethodOption<T> {
  const accepts = (value: unknown): boolean => words.some((word) => word === value);
  return { summary, fallback: words[0], wanted: words.join(' or '), words, accepts };
}

/** The option without a value of its own: the method decides where none is given. */
export function optional<T>(option: MethodOption<T>): MethodOption<T | undefined> {
  return { ...option, fallback: undefined };
}

/** Of the methods that explain a class by its gradient. */
export const FROM: MethodOption<From> = oneOf(
  ['logit', 'probability', 'log-odds'],
  'explain the logit, the probability, or the log-odds of a class against all others together',
);

/** Of the methods that draw lots. */
export const SEED: MethodOption<number> = wholeNumber(0, 0, 'equal seeds give equal maps, on every backend');

/**
 * A value for every option of a method.
 *
 * @throws ExplanationError `method` for an option that the method does not have, or a value that the option does not take
 */
export function resolveOptions<V>(method: string, options: OptionsOf<V>, given: GivenOptions<V>): V {
  const table = new Map<string, MethodOption<unknown>>(Object.entries(options));
  const values = new Map(Array.from(table, ([name, { fallback }]) => [name, fallback]));
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const option = table.get(name);
    if (option === undefined) {
      const known = [...table.keys()].join(', ') || 'none';
      throw new ExplanationError('method', `${method}: there is no option "${name}"; it knows ${known}`);
    }
    if (!option.accepts(value)) throw new ExplanationError('method', `${method}: ${name} is ${value}; give ${option.wanted}`);
    values.set(name, value);
  }
  return Object.fromEntries(values) as V;
}

/** The value that a text stands for, as it is typed on a command line; undefined where it is none. */
export function parseOption({ words, accepts }: MethodOption<unknown>, text: string): string | number | undefined {
  const value = words !== undefined || text.trim() === '' ? text : Number(text);
  return accepts(value) ? value : undefined;
}
