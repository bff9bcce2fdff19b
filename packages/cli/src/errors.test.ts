/** Every error fits on one line. */
import { InputError } from '@cdam/vit';
import { afterEach, expect, test, vi } from 'vitest';
import { CliError, describeError } from './errors.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('an error of ours is its message, on one line', () => {
  expect(describeError(new CliError('image', 'a.png is damaged\n  (libpng\terror)'))).toBe('a.png is damaged (libpng error)');
  expect(describeError(new InputError('class', 'class: there is none'))).toBe('class: there is none');
});

test('an error of another kind is called unexpected, and shows its stack only when CDAM_DEBUG is set', () => {
  vi.stubEnv('CDAM_DEBUG', '');
  expect(describeError(new TypeError('x is undefined\nat somewhere'))).toMatch(
    /^unexpected error: x is undefined at somewhere; please report it/,
  );
  vi.stubEnv('CDAM_DEBUG', '1');
  expect(describeError(new TypeError('x is undefined'))).toMatch(/errors\.test\.ts/);
});

test('a thrown value that is not an error is shown as text', () => {
  expect(describeError('out of order')).toContain('out of order');
});
