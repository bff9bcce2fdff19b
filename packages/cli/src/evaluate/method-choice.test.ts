/** Methods with options, as `cdam evaluate` takes them. */
import { METHODS } from 'cdam';
import { expect, test } from 'vitest';
import { parseMethodChoice } from './method-choice.ts';

test('options are numbers and words', () => {
  const label = 'smooth-cdam:noise=0.1:samples=20:variant=norm1:from=probability';
  const options = { noise: 0.1, samples: 20, variant: 'norm1', from: 'probability' };
  expect(parseMethodChoice(label)).toEqual({ label, name: 'smooth-cdam', options });
  expect(parseMethodChoice('cdam')).toEqual({ label: 'cdam', name: 'cdam', options: {} });
});

test('every method can be sharpened, which is no option of its own', () => {
  for (const { name, options } of METHODS) {
    expect(options).not.toHaveProperty('sharpen');
    const label = `${name}:sharpen=2`;
    expect(parseMethodChoice(label)).toEqual({ label, name, options: {}, sharpen: 2 });
  }
});

test.each([
  ['cdam:sharpen=0.5', 'sharpen is a number from 1, not "0.5"'],
  ['cdam:sharpen=2:sharpen=2', 'sharpen is given twice'],
  ['smooth-cdam:noise=0:noise=1', 'noise is given twice'],
  ['smooth-cdam:noise=0=1', 'noise is a number from 0, not "0=1"'],
  ['smooth-cdam:noise=', 'noise is a number from 0, not ""'],
  ['smooth-cdam:noise', 'noise is a number from 0, not ""'],
  ['smooth-cdam:noise=-1', 'noise is a number from 0, not "-1"'],
  ['smooth-cdam:noise=Infinity', 'noise is a number from 0, not "Infinity"'],
  ['smooth-cdam:samples=0', 'samples is a whole number from 1, not "0"'],
  ['smooth-cdam:samples=1.5', 'samples is a whole number from 1, not "1.5"'],
  ['smooth-cdam:from=loss', 'from is logit or probability or log-odds, not "loss"'],
  ['cdam:noise=1', 'cdam has no option "noise"; it has from, route, sharpen'],
])('%s is refused', (label, reason) => {
  expect(() => parseMethodChoice(label)).toThrow(expect.objectContaining({ code: 'usage', message: `${label}: ${reason}` }));
});
