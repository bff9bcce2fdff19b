/** The times of methods alone: who takes part, and how the table reads. */
import { createReferenceBackend } from '@cdam/tensor';
import { loadVit } from '@cdam/vit/node';
import { explain, look } from 'cdam';
import { expect, test } from 'vitest';
import { goldenPath } from '../../../tests/support/golden.ts';
import { timeLines, timeMethods } from './method-times.ts';

test('the forward pass and every method have a time for each round but the first', async () => {
  const vit = await loadVit(goldenPath('vit-small-f32'), { backend: createReferenceBackend() });
  const { channels, inputHeight, inputWidth } = vit.config;
  const pixels = new Float32Array(channels * inputHeight * inputWidth).fill(0.5);
  // The ledger folds some weights once for a model, which stay.
  const view = look(vit, pixels);
  await explain(view, 'ledger', [3]);
  view.dispose();
  const before = vit.backend.memory().bytes;
  const times = await timeMethods({ vit, pixels, methods: ['cdam', 'attention', 'ledger'], options: { from: 'log-odds' }, target: 3 });
  expect(times.map(({ method }) => method)).toEqual([undefined, 'cdam', 'attention', 'ledger']);
  for (const { times: rounds } of times) {
    expect(rounds).toHaveLength(7);
    expect(Math.min(...rounds)).toBeGreaterThan(0);
  }
  expect(vit.backend.memory().bytes).toBe(before);
  vit.dispose();
});

test('a row has the median, the range, and the median of its ratios to the forward passes of the same rounds', () => {
  const lines = timeLines([
    { method: undefined, times: [100, 200, 400] },
    { method: 'ledger', times: [110, 240, 420] },
  ]);
  expect(lines[1]?.split(/ {2,}/)).toEqual(['alone, one target', 'ms', 'range', '× forward']);
  expect(lines[2]?.trim().split(/ {2,}/)).toEqual(['forward pass', '200.0', '100.0–400.0', '1.00']);
  expect(lines[3]?.trim().split(/ {2,}/)).toEqual(['ledger', '240.0', '110.0–420.0', '1.10']);
});

test('a model without classes has no forward pass to compare with', () => {
  expect(
    timeLines([{ method: 'attention', times: [3] }])[2]
      ?.trim()
      .split(/ {2,}/),
  ).toEqual(['attention', '3.0', '3.0–3.0']);
});
