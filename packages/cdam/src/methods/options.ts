/**
 * Options of methods. An option is declared once, in the file of its method: what it does, which values it takes, and which value it has
 * when none is given. TypeScript types, checks, the flags of the command line and their help are all made from these declarations.
 *
 * The functions of this file are marked as free of side effects, so that a bundler leaves out the methods that a page does not use.
 */
import { ExplanationError } from '../errors.ts';
import type { Channels } from '../steps/pixels.ts';
import type { From } from '../targets/target.ts';

/** One option of a method, whose values are of type T. */
export interface MethodOption<T> {
  /** What it does, in a few words. */
  readonly summary: string;
  /** The value when none is given; undefined where the method then decides. */
  readonly fallback: T;
  /** The values that it takes, as a phrase: `a whole number from 1`. */
  readonly wanted: string;
  /** All values that it takes, where these are words. */
  readonly words: readonly string[] | undefined;
  /** @internal Whether the option takes a value. */
  readonly accepts: (value: unknown) => boolean;
}

/** Options by their names, whose values have the types in V. */
export type OptionsOf<V> = { readonly [K in keyof V]: MethodOption<V[K]> };

/** Values for some of the options. */
export type GivenOptions<V> = { readonly [K in keyof V]?: V[K] | undefined };

/** An option whose values are whole numbers of at least `least`. */
/* @__NO_SIDE_EFFECTS__ */
export function wholeNumber(least: number, fallback: number, summary: string): MethodOption<number> {
  const accepts = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= least;
  return { summary, fallback, wanted: `a whole number from ${least}`, words: undefined, accepts };
}

/** An option whose values are numbers of at least 0. */
/* @__NO_SIDE_EFFECTS__ */
export function share(fallback: number, summary: string): MethodOption<number> {
  const accepts = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
  return { summary, fallback, wanted: 'a number from 0', words: undefined, accepts };
}

/** An option whose values are a few words; the first is the default. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<const T extends string>(words: readonly [T, ...T[]], summary: string): MethodOption<T> {
  const accepts = (value: unknown): boolean => words.some((word) => word === value);
  return { summary, fallback: words[0], wanted: words.join(' or '), words, accepts };
}

/** The same option without a default: when no value is given, the method decides. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(option: MethodOption<T>): MethodOption<T | undefined> {
  return { ...option, fallback: undefined };
}

/** The option `from` of the methods that explain a class by its gradient. */
export const FROM: MethodOption<From> = oneOf(
  ['logit', 'probability', 'log-odds'],
  'explain the logit, the probability, or the log-odds of a class against all others together, which makes the maps of unlikely classes alike',
);

/** The option `channels` of the methods that attribute to pixels. */
export const CHANNELS: MethodOption<Channels> = oneOf(
  ['sum', 'mean'],
  "what is made of the channels of a pixel; the authors' baselines take their mean, a third of the sum where there are three",
);

/** The option `seed` of the methods that use random numbers. */
export const SEED: MethodOption<number> = wholeNumber(0, 0, 'equal seeds give equal maps, on every backend');

/**
 * What every method can be asked for beside its own options: the power of `sharpened`. A method does not declare it and does not see it; who
 * draws or measures the map applies it.
 */
export const SHARPEN: MethodOption<number> = {
  summary: 'sharpen the map by s·|s|^(x-1), which keeps signs and order: 2 is usual',
  fallback: 1,
  wanted: 'a number from 1',
  words: undefined,
  accepts: (value) => typeof value === 'number' && value >= 1 && value < Number.POSITIVE_INFINITY,
};

/**
 * The values of all options of a method: those that are given, and defaults for the others.
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
      throw new ExplanationError('method', `${method}: there is no option "${name}"; it has ${known}`);
    }
    if (!option.accepts(value))
      throw new ExplanationError(
        'method',
        `${method}: ${name} is ${typeof value === 'string' ? JSON.stringify(value) : value}; give ${option.wanted}`,
      );
    values.set(name, value);
  }
  return Object.fromEntries(values) as V;
}

/** The value that a text on the command line stands for; undefined where the option does not take it. */
export function parseOption({ words, accepts }: MethodOption<unknown>, text: string): string | number | undefined {
  const value = words !== undefined || text.trim() === '' ? text : Number(text);
  return accepts(value) ? value : undefined;
}
