/** Settings are read back as they were written, and different settings are found to be different. */
import { describe, expect, it } from 'vitest';
import { checkBaseline, checkSameSettings, parseSettings, type Settings, serialiseSettings } from './settings.ts';

const settings: Settings = {
  version: 2,
  model: 'small',
  fingerprint: 'f0',
  weights: 'f32',
  input: '64×64, crop',
  target: 'predicted',
  methods: ['cdam', 'random'],
  metrics: ['gini'],
  masks: false,
  steps: 20,
  draws: 100,
  seed: 0,
  images: 3,
  digest: 'd0',
};

describe('settings', () => {
  it('come back from their text', () => {
    expect(parseSettings(serialiseSettings(settings), 'kept')).toEqual(settings);
  });

  it.each([
    ['{"version": 2', 'kept is not from an evaluation'],
    ['[]', 'kept is not from an evaluation'],
    [JSON.stringify({ ...settings, version: 1 }), 'kept is from another version of this program'],
    [JSON.stringify({ ...settings, version: 3 }), 'kept is not from an evaluation'],
    [JSON.stringify({ ...settings, methods: [1] }), 'kept is not from an evaluation'],
    [JSON.stringify({ ...settings, seed: 0.5 }), 'kept is not from an evaluation'],
    [JSON.stringify({ ...settings, weights: 'f64' }), 'kept is not from an evaluation'],
  ])('are refused in %s', (text, message) => {
    const error = { code: 'settings', message: `${message}; choose another folder` };
    expect(() => parseSettings(text, 'kept')).toThrow(expect.objectContaining(error));
  });

  it('may be used together only when all of them are the same', () => {
    expect(() => checkSameSettings(settings, { ...settings, methods: ['cdam', 'random'] }, 'there')).not.toThrow();
    const other = { ...settings, methods: ['cdam'], images: 4, digest: 'd1' };
    expect(() => checkSameSettings(settings, other, 'there')).toThrow(
      'there holds an evaluation of other methods and pictures; choose another folder, or remove it to begin again',
    );
  });

  it('of other methods and metrics, measured in the same pictures with the same seed, give numbers for one table', () => {
    const other = { ...settings, methods: ['ledger'], metrics: ['entropy'], masks: true };
    expect(() => checkSameSettings(settings, other, 'there', 'number')).not.toThrow();
    expect(() => checkSameSettings(settings, other, 'there')).toThrow('there holds an evaluation of other methods and metrics and masks;');
    expect(() => checkSameSettings(settings, { ...other, seed: 1 }, 'there', 'number')).toThrow('there holds an evaluation of other seed;');
  });

  it('have the method that the others are compared with', () => {
    expect(() => checkBaseline('random', settings)).not.toThrow();
    expect(() => checkBaseline('noise', settings)).toThrow('the baseline noise is not among the methods; choose one of cdam, random');
  });
});
