/** Records and settings of evaluations that measured different things in the same pictures come together. */
import { describe, expect, it } from 'vitest';
import { completed, joinRecords, joinSettings } from './join.ts';
import type { ImageRecord } from './records.ts';
import type { Settings } from './settings.ts';

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

const record: ImageRecord = {
  index: 0,
  file: 'a.png',
  backend: 'wasm (2 threads)',
  target: 2,
  targetLabel: 'tabby',
  predicted: 2,
  label: null,
  values: { gini: { cdam: 0.5, random: null } },
  milliseconds: { look: 1, methods: { cdam: 2 }, metrics: { gini: 3 } },
  problems: ['random: every score is zero'],
};

describe('settings', () => {
  it('have all methods as they come, and all metrics as the registry lists them', () => {
    const others = [{ ...settings, methods: ['ledger', 'cdam'], metrics: ['gini', 'area-drop', 'mask-iou'], masks: true }];
    expect(joinSettings(settings, others)).toEqual({
      ...settings,
      methods: ['cdam', 'random', 'ledger'],
      metrics: ['area-drop', 'gini', 'mask-iou'],
      masks: true,
    });
  });
});

describe('two records of a picture', () => {
  it('have the numbers, times, backends and problems of both', () => {
    const other: ImageRecord = {
      ...record,
      backend: 'webgpu (a GPU)',
      values: { gini: { ledger: 0.25 }, entropy: { cdam: 4 } },
      milliseconds: { look: 9, methods: { ledger: 5, cdam: 7 }, metrics: { gini: 10, entropy: 1 } },
      problems: ['random: every score is zero', 'ledger: slow'],
    };
    expect(joinRecords(record, other, 'there')).toEqual({
      ...record,
      backend: 'wasm (2 threads) and webgpu (a GPU)',
      values: { gini: { cdam: 0.5, random: null, ledger: 0.25 }, entropy: { cdam: 4 } },
      milliseconds: { look: 1, methods: { cdam: 2, ledger: 5 }, metrics: { gini: 13, entropy: 1 } },
      problems: ['random: every score is zero', 'ledger: slow'],
    });
  });

  it('that are the same are one, and its times are not added', () => {
    expect(joinRecords(record, record, 'there')).toEqual(record);
  });

  it('with numbers that differ by rounding keep the first, and a number takes the place of null', () => {
    const other = { ...record, values: { gini: { cdam: 0.500001, random: 0.1 } } };
    expect(joinRecords(record, other, 'there').values).toEqual({ gini: { cdam: 0.5, random: 0.1 } });
    expect(joinRecords(other, record, 'there').values).toEqual({ gini: { cdam: 0.500001, random: 0.1 } });
  });

  it('with different numbers are refused, with picture, metric and method', () => {
    const other = { ...record, values: { gini: { cdam: 0.501 } } };
    const error = {
      code: 'record',
      message: expect.stringContaining('there: a.png has 0.501 for cdam by gini, and a folder before it 0.5;'),
    };
    expect(() => joinRecords(record, other, 'there')).toThrow(expect.objectContaining(error));
  });

  it('that explain different classes are refused', () => {
    const other = { ...record, target: 3, targetLabel: 'tiger cat' };
    const error = {
      code: 'record',
      message: expect.stringContaining('there: a.png explains the class tiger cat, and a folder before it tabby'),
    };
    expect(() => joinRecords(record, other, 'there')).toThrow(expect.objectContaining(error));
  });
});

it('a completed record has null for what was not measured, and keeps what it has', () => {
  const wide = { ...settings, methods: ['ledger', 'cdam'], metrics: ['area-drop', 'gini'] };
  expect(completed(record, wide).values).toEqual({
    'area-drop': { ledger: null, cdam: null },
    gini: { cdam: 0.5, random: null, ledger: null },
  });
});
