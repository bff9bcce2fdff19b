/**
 * Reads a method with its options, such as `smooth-cdam:noise=0.1:samples=20`, or `ledger:sharpen=2`: any method can be sharpened.
 */
import { type MethodChoice, type MethodOption, SHARPEN } from 'cdam';
import { CliError } from '../errors.ts';
import { parseMethodOption } from '../method-options.ts';
import { methodCalled } from '../names.ts';

/**
 * The method and the options that a label stands for.
 * @throws CliError `usage` for a method that does not exist, for an option that the method does not have or that
 *   is given twice, or for a value that the option does not take
 */
export function parseMethodChoice(label: string): MethodChoice {
  const [text = '', ...given] = label.split(':');
  const { name, options } = methodCalled(text);
  const known: Readonly<Record<string, MethodOption<unknown>>> = { ...options, sharpen: SHARPEN };
  const values = new Map<string, string | number>();
  for (const pair of given) {
    const [key = ''] = pair.split('=', 1);
    const option = known[key];
    if (option === undefined)
      throw new CliError('usage', `${label}: ${name} has no option "${key}"; it has ${Object.keys(known).join(', ')}`);
    if (values.has(key)) throw new CliError('usage', `${label}: ${key} is given twice`);
    // A second `=` is part of the value, and no option takes such a value.
    values.set(key, parseMethodOption(option, pair.slice(key.length + 1), `${label}: ${key}`));
  }
  const sharpen = values.get('sharpen');
  values.delete('sharpen');
  const choice = { label, name, options: Object.fromEntries(values) };
  return typeof sharpen === 'number' ? { ...choice, sharpen } : choice;
}
