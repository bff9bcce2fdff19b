/** The options of `cdam evaluate`. */
import { expect, test } from 'vitest';
import { parseShard } from './choices.ts';

test('a part is typed as its number and the number of parts', () => {
  expect(parseShard('2/8')).toEqual({ number: 2, count: 8 });
  for (const text of ['0/8', '9/8', '2', '2/8/1', 'a/b', '-1/2']) expect(() => parseShard(text)).toThrow(/--shard .*such as 2\/8/);
});
