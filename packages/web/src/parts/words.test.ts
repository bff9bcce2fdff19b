/** Numbers that people read and hear, and classes that they look for. */
import type { Prediction } from 'cdam';
import { describe, expect, it } from 'vitest';
import { matching } from './matches.ts';
import { percent, placeOf, signed } from './words.ts';

describe('words', () => {
  it.each([
    [0.42, '+0.420'],
    [-2.71428, '−2.71'],
    [0, '+0.00'],
    [-1234.5, '−1235'],
    [0.000012, '+1.2e-5'],
  ])('%d is said with its sign', (score, said) => {
    expect(signed(score)).toBe(said);
  });

  it('says shares without pretending to be certain', () => {
    expect([1, 0.99999, 0.5, 0.0001, 0].map(percent)).toEqual(['100.0 %', '> 99.9 %', '50.0 %', '< 0.1 %', '0.0 %']);
  });

  it('counts rows and columns from one', () => {
    expect(placeOf(9, 8)).toBe('row 2, column 2');
  });
});

describe('matching', () => {
  const classes = ['measuring cup', 'cup', 'porcupine, hedgehog', 'café', 'cup, goblet'].map(
    (label, index): Prediction => ({ index, label, logit: 0, probability: 0 }),
  );
  const found = (text: string): number[] => matching(classes, text).map(({ index }) => index);

  it('puts labels that begin with the text first, then those with a word that does', () => {
    expect(found('cup')).toEqual([1, 4, 0, 2]);
  });
  it('finds words in any order, and letters without their accents', () => {
    expect(found('cup mea')).toEqual([0]);
    expect(found('CAFE')).toEqual([3]);
  });
  it('finds everything for nothing, and nothing for what is not there', () => {
    expect(found('  ')).toHaveLength(5);
    expect(found('zebra')).toEqual([]);
  });
});
