import { expect, test } from 'vitest';
import { verdicts } from './claims.ts';
import type { Measurement } from './measure.ts';
import { median, spreadOf } from './statistics.ts';

function measurement(contender: string, workload: string, rounds: readonly number[]): Measurement {
  return { contender, workload, rounds, ms: spreadOf(rounds), openMs: 1, prepareMs: 2, firstMs: 10 * median(rounds) };
}

function judged(measurements: readonly Measurement[], part: string, claim: string): ReturnType<typeof verdicts>[number] | undefined {
  return verdicts(new Map([[part, measurements]])).find((verdict) => verdict.claim === claim);
}

test('a ratio is taken within each round, and its median decides', () => {
  const ours = measurement('cdam:webgpu:node', 'forward', [100, 200, 100]);
  const theirs = measurement('onnxruntime-node:webgpu:node', 'forward', [180, 320, 140]);
  const verdict = judged([ours, theirs], 'forward', 'DeiT-Ti forward: cdam:webgpu:node over onnxruntime-node:webgpu:node');
  expect(verdict).toMatchObject({ wanted: '≥ 1.5', ratio: 1.6, range: [1.4, 1.8], met: true });
});

test('a share that is too large is not met', () => {
  const forward = measurement('cdam:wasm1:node', 'forward', [100, 100]);
  const map = measurement('cdam:wasm1:node', 'map', [106, 108]);
  const verdict = judged([forward, map], 'cdam', 'one map over a forward pass: cdam:wasm1:node');
  expect(verdict).toMatchObject({ wanted: '≤ 1.05', met: false });
  expect(verdict?.ratio).toBeCloseTo(1.07);
});

test('the time to start is that of opening, loading and the first run', () => {
  const ours = measurement('cdam:webgpu:node', 'forward', [100]);
  const theirs = measurement('onnxruntime-node:webgpu:node', 'forward', [600]);
  const verdict = judged([ours, theirs], 'forward', 'DeiT-Ti start: cdam:webgpu:node over onnxruntime-node:webgpu:node');
  expect(verdict?.ratio).toBeCloseTo(6003 / 1003);
  expect(verdict?.met).toBe(true);
});

test('a claim about a peer that failed has a reason, and is neither met nor missed', () => {
  const ours = measurement('cdam:webgpu:chromium', 'forward', [100]);
  const theirs: Measurement = { contender: 'tfjs:webgpu:chromium', workload: 'forward', rounds: [], failure: 'no adapter' };
  const verdict = judged([ours, theirs], 'forward', 'DeiT-Ti forward: cdam:webgpu:chromium over tfjs:webgpu:chromium');
  expect(verdict).toMatchObject({ reason: 'tfjs:webgpu:chromium cannot: no adapter' });
  expect(verdict?.met).toBeUndefined();
});

test('a claim about something that was not measured has no verdict', () => {
  expect(verdicts(new Map([['products', [measurement('cdam:webgpu:node', '512×512×512', [1])]]]))).toEqual([]);
});
