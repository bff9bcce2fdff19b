/**
 * A row of a benchmark: a method, with options of its own where they are given, as in `smooth-cdam:noise=0.1:samples=20`.
 */
import { findMethod, type MethodName, type MethodOptions } from 'cdam';
import { CliError } from '../errors.ts';

export interface MethodChoice {
  /** As it was typed: what stands in tables. */
  readonly label: string;
  readonly name: MethodName;
  readonly options: MethodOptions;
}

/** Words that options may be; the others are numbers from 0. */
const WORDS: Partial<Record<keyof MethodOptions, readonly string[]>> = {
  from: ['logit', 'probability'],
  variant: ['block-input', 'norm1', 'complete'],
};

/** @throws ExplanationError `method` for a method that does not exist; CliError `usage` for an option that it has not, or a value that is none */
export function parseMethodChoice(label: string): MethodChoice {
  const [text = '', ...given] = label.split(':');
  const { name, options } = findMethod(text);
  const pairs = given.map((pair) => {
    const [key = '', value = ''] = pair.split('=');
    const option = options.find((known) => known === key);
    if (option === undefined)
      throw new CliError('usage', `${label}: ${name} has no option "${key}"; it has ${options.join(', ') || 'none'}`);
    return [option, parseValue(label, option, value)];
  });
  return { label, name, options: Object.fromEntries(pairs) };
}

function parseValue(label: string, option: keyof MethodOptions, value: string): string | number {
  const words = WORDS[option];
  if (words?.includes(value)) return value;
  if (words === undefined && value !== '' && Number(value) >= 0 && Number.isFinite(Number(value))) return Number(value);
  throw new CliError('usage', `${label}: ${option} is ${words?.join(' or ') ?? 'a number from 0'}, not ${JSON.stringify(value)}`);
}
