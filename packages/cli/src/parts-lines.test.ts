/** The table of the parts of a ledger adds up to what it says. */
import type { Parts, Share } from 'cdam';
import { expect, test } from 'vitest';
import { partsLines } from './parts-lines.ts';

const share = (block: number, scores: number[], prefix: number[], head?: number): Share => ({
  block,
  head,
  scores: Float32Array.from(scores),
  prefix: Float32Array.from(prefix),
});

const biases = {
  projection: Float32Array.of(0.5, 0.25),
  mlp: Float32Array.of(-0.25, 1),
  norm2: Float32Array.of(0, -0.5),
  finalNorm: 0.125,
  head: -2,
};

test('by block there is a line for each, in order', () => {
  const parts: Parts = { by: 'block', shares: [share(0, [1, -3], [0.25, 4]), share(1, [2, 0.5], [-1, 0])], embedding: 8, biases };
  expect(partsLines(parts)).toEqual([
    '              patches   prefix   biases',
    '  block 0       -2.00    +4.25    +0.25',
    '  block 1       +2.50    -1.00    +0.75',
    '    together patches +0.50, class token -0.75, other prefix tokens +4.00, embedding +8.00, biases -0.88: +10.88',
  ]);
});

test('by head the ten that read most are listed, strongest first', () => {
  const shares = Array.from({ length: 12 }, (_, i) => share(Math.floor(i / 6), [i % 2 === 0 ? i : -i], [0], i % 6));
  const lines = partsLines({ by: 'head', shares, embedding: 0, biases });
  expect(lines).toHaveLength(1 + 10 + 1);
  expect(lines[0]).toBe('  10 of 12 heads        patches   prefix');
  expect(lines[1]).toBe('  block 1, head 5        -11.00    +0.00');
  expect(lines[10]).toBe('  block 0, head 2         +2.00    +0.00');
});
