/**
 * What the options of methods may be, wherever they are given: `--samples 20`, or `smooth-cdam:samples=20` in an evaluation.
 */
import type { MethodOptions } from 'cdam';
import { CliError } from './errors.ts';

interface OptionValue {
  /** What the option is, for messages. */
  readonly wanted: string;
  /** Gives undefined for text that is no value of the option. */
  readonly parse: (text: string) => string | number | undefined;
}

/** The words that options may be which are no numbers. */
export const OPTION_WORDS = {
  from: ['logit', 'probability'],
  variant: ['block-input', 'norm1', 'complete'],
} as const;

function word(words: readonly string[]): OptionValue {
  return { wanted: words.join(' or '), parse: (text) => words.find((known) => known === text) };
}

function whole(least: number): OptionValue {
  const parse = (text: string): number | undefined => (/^\d+$/.test(text) && Number(text) >= least ? Number(text) : undefined);
  return { wanted: `a whole number from ${least}`, parse };
}

function share(text: string): number | undefined {
  return text.trim() !== '' && Number.isFinite(Number(text)) && Number(text) >= 0 ? Number(text) : undefined;
}

const VALUES: Readonly<Record<keyof MethodOptions, OptionValue>> = {
  from: word(OPTION_WORDS.from),
  samples: whole(1),
  noise: { wanted: 'a number from 0', parse: share },
  steps: whole(1),
  seed: whole(0),
  variant: word(OPTION_WORDS.variant),
  head: whole(0),
};

/**
 * The value of an option.
 *
 * @param called what a message calls the option, such as `--samples`
 * @throws CliError `usage` for text that is none of its values
 */
export function parseMethodOption(option: keyof MethodOptions, text: string, called: string): string | number {
  const { wanted, parse } = VALUES[option];
  const value = parse(text);
  if (value === undefined) throw new CliError('usage', `${called} is ${wanted}, not ${JSON.stringify(text)}`);
  return value;
}
