/**
 * The options of methods on the command line: flags such as `--samples 20`, which are for all methods that have the option, and
 * `smooth-cdam:samples=20`, which is for one method.
 */
import { findMethod, METHODS, type MethodName, type MethodOption, parseOption, resolveOptions } from 'cdam';
import { Option } from 'commander';
import { CliError } from './errors.ts';

/** Values of options by their names. */
export type MethodOptionValues = Readonly<Record<string, string | number>>;

/** The methods that have an option of this name, each with its option. */
function ownersOf(name: string): (readonly [MethodName, MethodOption<unknown>])[] {
  return METHODS.flatMap((method) => {
    const option = method.options[name];
    return option === undefined ? [] : [[method.name, option] as const];
  });
}

/** The names of the options of all methods. */
const NAMES: readonly string[] = [...new Set(METHODS.flatMap(({ options }) => Object.keys(options)))];

/**
 * The value of an option.
 *
 * @param called the name of the option in messages, such as `--samples`
 * @throws CliError `usage` for a text that is not one of its values
 */
export function parseMethodOption(option: MethodOption<unknown>, text: string, called: string): string | number {
  const value = parseOption(option, text);
  if (value === undefined) throw new CliError('usage', `${called} is ${option.wanted}, not ${JSON.stringify(text)}`);
  return value;
}

/** A flag for each option of a method, for commander. */
export function methodFlags(): Option[] {
  return NAMES.map((name) => {
    const owners = ownersOf(name);
    const [[, widest] = []] = owners.toSorted(([, a], [, b]) => (b.words?.length ?? 0) - (a.words?.length ?? 0));
    if (widest === undefined) throw new TypeError(`methodFlags: no method has the option ${name}`);
    const parse = (text: string): string | number => {
      const [, taker = widest] = owners.find(([, option]) => parseOption(option, text) !== undefined) ?? [];
      return parseMethodOption(taker, text, `--${name}`);
    };
    const value = widest.words?.join('|') ?? (widest.wanted.includes('whole') ? 'n' : 'x');
    return new Option(`--${name} <${value}>`, describe(owners)).argParser(parse).helpGroup('Options of methods:');
  });
}

/** What an option does, for which methods, and its default. */
function describe(owners: readonly (readonly [MethodName, MethodOption<unknown>])[]): string {
  const summaries = [...new Set(owners.map(([, { summary }]) => summary))];
  return summaries
    .map((summary) => {
      const same = owners.filter(([, option]) => option.summary === summary);
      const fallbacks = new Set(same.map(([, { fallback }]) => fallback));
      const [common] = fallbacks;
      const each = same.map(([method, { fallback }]) => (fallbacks.size > 1 ? `${method}: ${fallback}` : method)).join(', ');
      return `${summary} (${each}${fallbacks.size > 1 || common === undefined ? '' : `; default: ${common}`})`;
    })
    .join('; ');
}

/**
 * The options of methods among all options that were typed.
 *
 * @throws CliError `usage` for an option that none of the methods has; ExplanationError `method` for a value that a method does not take
 */
export function methodOptionsOf(typed: object, methods: readonly MethodName[]): MethodOptionValues {
  const given = Object.fromEntries(Object.entries(typed).filter(([name, value]) => value !== undefined && NAMES.includes(name)));
  for (const name of Object.keys(given)) {
    const owners = ownersOf(name).map(([method]) => method);
    if (!methods.some((method) => owners.includes(method)))
      throw new CliError('usage', `--${name}: ${methods.join(' and ')} has no such option; it is for ${owners.join(', ')}`);
  }
  for (const method of methods) resolveOptions(method, findMethod(method).options, optionsFor(method, given));
  return given;
}

/** A line for each method and each given option that it does not have, where others of the methods have it. */
export function ignoredOptionLines(given: MethodOptionValues, methods: readonly MethodName[]): string[] {
  return Object.keys(given).flatMap((option) =>
    methods
      .map(findMethod)
      .filter(({ options }) => !(option in options))
      .map(({ name, classSpecific }) => {
        const instead = option === 'from' ? `; it ${classSpecific ? 'explains the logit' : 'is the same for every class'}` : '';
        return `${name} has no --${option}${instead}`;
      }),
  );
}

/** Those of the options that a method has. */
export function optionsFor(method: MethodName, given: MethodOptionValues): MethodOptionValues {
  const { options } = findMethod(method);
  return Object.fromEntries(Object.entries(given).filter(([name]) => name in options));
}
