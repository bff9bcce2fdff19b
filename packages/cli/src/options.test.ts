/** The flags of `cdam explain`. */

import { METHODS } from 'cdam';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { explainOptions } from './options.ts';

it('are all different: no option of a method is called as a flag of the command', () => {
  const flags = explainOptions().map(({ long }) => long ?? '');
  const twice = flags.filter((flag, i) => flags.indexOf(flag) !== i);
  expect(twice.map((flag) => `${flag} is given twice; call the option of the method otherwise`)).toEqual([]);
  const command = new Command('explain');
  for (const option of explainOptions()) command.addOption(option);
});

it('have one for every option of a method', () => {
  const flags = explainOptions().map(({ long }) => long);
  for (const { options } of METHODS) for (const name of Object.keys(options)) expect(flags).toContain(`--${name}`);
});
