import { describe, expect, it } from 'vitest';
import { findClass, labelOf, nearestLabels } from './labels.ts';

const names = {
  classes: 6,
  labels: ['baseball', 'basketball', 'ballplayer, baseball player', 'crane', 'crane', 'sports car, sport car'],
  labelNames: ['n02799071', 'n02802426', 'n09835506', 'n02012849', 'n03126707', 'n04285008'],
};

describe('findClass', () => {
  it.each([
    ['0', 0],
    [' 5 ', 5],
    ['baseball', 0],
    ['Baseball', 0],
    ['baseball player', 2],
    ['ballplayer, baseball player', 2],
    ['SPORT  car', 5],
    ['sport_car', 5],
    ['N02802426', 1],
  ])('takes %j for class %i', (text, index) => {
    expect(findClass(names, text)).toBe(index);
  });

  it('gives the nearest labels for one that does not exist', () => {
    expect(() => findClass(names, 'basebal')).toThrow(/there is no class "basebal"; the nearest labels are "baseball"/);
    expect(nearestLabels(names, 'ball')).toContain('baseball');
    expect(nearestLabels(names, 'plaier')[0]).toBe('ballplayer, baseball player');
    expect(() => findClass(names, 'zzzzzzzz')).toThrow('no label is similar; give an index instead');
  });

  it('gives the indices where several classes share a name', () => {
    expect(() => findClass(names, 'crane')).toThrow('is the name of several classes: 3 (crane), 4 (crane); give the index');
  });

  it('says how many classes there are when the index is too large', () => {
    expect(() => findClass(names, '6')).toThrow('there is no class 6; the model has 6, from 0 to 5');
  });

  it('says so when there are no labels or no head', () => {
    const bare = { classes: 3, labels: undefined, labelNames: undefined };
    expect(() => findClass(bare, 'cat')).toThrow('the checkpoint has no labels; give an index from 0 to 2');
    expect(() => findClass({ ...bare, classes: 0 }, '0')).toThrow('the model has no head');
    expect(labelOf(bare, 2)).toBe('class 2');
  });
});
