/**
 * Attention and its gradient against the textbook formulas in f64.
 */
import type { AttentionSize, HeadRows, Storage } from '@cdam/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNodeGpu } from '../../node.ts';
import { isSoftware, requestAdapter, requestDevice } from '../device.ts';
import { GpuRuntime } from '../gpu-runtime.ts';
import { attention } from './attention.ts';
import { attentionGradient } from './attention-gradient.ts';
import { attentionGradientInSteps, attentionInSteps, prefersSteps } from './unfused.ts';

let runtime: GpuRuntime;
/** Takes the variant for GPUs on whatever adapter there is. */
let unrolled: GpuRuntime;

beforeAll(async () => {
  const gpu = await createNodeGpu();
  const adapter = await requestAdapter(gpu, {});
  const device = await requestDevice(adapter, true);
  runtime = new GpuRuntime(device, { gpu, poolBytes: 0, software: isSoftware(adapter.info) });
  unrolled = new GpuRuntime(device, { gpu: undefined, poolBytes: 0, software: false });
});

afterAll(() => {
  unrolled.dispose();
  runtime.dispose();
});

function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 * seed) * Math.cos(i * 0.7 + seed));
}

function at(x: ArrayLike<number>, i: number): number {
  const value = x[i];
  if (value === undefined) throw new RangeError(`element ${i} of ${x.length}`);
  return value;
}

/** Rows of heads in an array, with where they begin. */
interface Rows {
  readonly data: Float32Array;
  readonly offset: number;
  readonly stride: number;
}

interface Case {
  readonly size: AttentionSize;
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
  readonly dout: Float32Array;
}

function separate(batch: number, heads: number, queries: number, keys: number, headSize: number, scale = headSize ** -0.5): Case {
  const width = heads * headSize;
  const rows = (tokens: number, seed: number): Rows => ({ data: noise(batch * tokens * width, seed), offset: 0, stride: width });
  const size = { batch, heads, queries, keys, headSize, scale };
  return { size, q: rows(queries, 1), k: rows(keys, 2), v: rows(keys, 3), dout: noise(batch * queries * width, 4) };
}

/** q, k and v side by side in each token, as one projection makes them. */
function packed(batch: number, heads: number, tokens: number, headSize: number): Case {
  const width = heads * headSize;
  const data = noise(batch * tokens * 3 * width, 5);
  const rows = (part: number): Rows => ({ data, offset: part * width, stride: 3 * width });
  const size = { batch, heads, queries: tokens, keys: tokens, headSize, scale: headSize ** -0.5 };
  return { size, q: rows(0), k: rows(1), v: rows(2), dout: noise(batch * tokens * width, 4) };
}

type Result = Record<'out' | 'logSumExp' | 'dq' | 'dk' | 'dv', Float64Array>;

function expectedResult({ size, q, k, v, dout }: Case): Result {
  const { batch, heads, queries, keys, headSize, scale } = size;
  const empty = (tokens: number): Float64Array => new Float64Array(batch * tokens * heads * headSize);
  const result = {
    out: empty(queries),
    dq: empty(queries),
    dk: empty(keys),
    dv: empty(keys),
    logSumExp: new Float64Array(batch * heads * queries),
  };
  for (let i = 0; i < batch * heads * queries; i++) {
    const [b, h, query] = [Math.floor(i / (heads * queries)), Math.floor(i / queries) % heads, i % queries];
    const from = (x: Rows, tokens: number, token: number, d: number): number =>
      at(x.data, x.offset + (b * tokens + token) * x.stride + h * headSize + d);
    const dense = (tokens: number, token: number, d: number): number => ((b * tokens + token) * heads + h) * headSize + d;
    const sum = (n: number, term: (j: number) => number): number => Array.from({ length: n }, (_, j) => term(j)).reduce((x, y) => x + y, 0);
    const scores = Array.from({ length: keys }, (_, j) => scale * sum(headSize, (d) => from(q, queries, query, d) * from(k, keys, j, d)));
    const largest = Math.max(...scores);
    const logSumExp = largest + Math.log(sum(keys, (j) => Math.exp(at(scores, j) - largest)));
    const p = scores.map((s) => Math.exp(s - logSumExp));
    const dp = p.map((_, j) => sum(headSize, (d) => at(dout, dense(queries, query, d)) * from(v, keys, j, d)));
    const delta = sum(keys, (j) => at(p, j) * at(dp, j));
    result.logSumExp[i] = logSumExp;
    for (let j = 0; j < keys; j++) {
      const ds = scale * at(p, j) * (at(dp, j) - delta);
      for (let d = 0; d < headSize; d++) {
        const [atQuery, atKey] = [dense(queries, query, d), dense(keys, j, d)];
        result.out[atQuery] = at(result.out, atQuery) + at(p, j) * from(v, keys, j, d);
        result.dq[atQuery] = at(result.dq, atQuery) + ds * from(k, keys, j, d);
        result.dk[atKey] = at(result.dk, atKey) + ds * from(q, queries, query, d);
        result.dv[atKey] = at(result.dv, atKey) + at(p, j) * at(dout, atQuery);
      }
    }
  }
  return result;
}

async function computedResult({ size, q, k, v, dout }: Case, runtime: GpuRuntime): Promise<Record<keyof Result, Float32Array>> {
  const storages = new Map<Float32Array, Storage>();
  const rows = ({ data, offset, stride }: Rows): HeadRows => {
    const storage = storages.get(data) ?? runtime.upload(data);
    storages.set(data, storage);
    return { storage, offset, stride };
  };
  const [rowsQ, rowsK, rowsV] = [rows(q), rows(k), rows(v)];
  const before = runtime.memory().storages;
  const { out, logSumExp } = attention(runtime, rowsQ, rowsK, rowsV, size);
  const { dq, dk, dv } = attentionGradient(runtime, rowsQ, rowsK, rowsV, out, logSumExp, runtime.upload(dout), size);
  expect(runtime.memory().storages).toBe(before + 6);
  const read = (x: Storage): Promise<Float32Array> => runtime.read(x);
  return { out: await read(out), logSumExp: await read(logSumExp), dq: await read(dq), dk: await read(dk), dv: await read(dv) };
}

/** The largest difference in each result, relative to the result's largest value. */
async function errors(each: Case, on = runtime): Promise<Record<keyof Result, number>> {
  const [computed, expected] = [await computedResult(each, on), expectedResult(each)];
  const error = (name: keyof Result): number => {
    expect(computed[name].length).toBe(expected[name].length);
    const largest = expected[name].reduce((x, y) => Math.max(x, Math.abs(y)), 1e-3);
    return expected[name].reduce((x, y, i) => Math.max(x, Math.abs(y - at(computed[name], i))), 0) / largest;
  };
  return { out: error('out'), logSumExp: error('logSumExp'), dq: error('dq'), dk: error('dk'), dv: error('dv') };
}

test.each([1, 3, 20, 33, 64, 128])('heads of %i floats', async (headSize) => {
  for (const error of Object.values(await errors(separate(2, 2, 9, 9, headSize)))) expect(error).toBeLessThan(1e-5);
});

test.each([1, 3, 63, 64, 65, 197])('%i tokens', async (tokens) => {
  for (const error of Object.values(await errors(separate(1, 2, tokens, tokens, 4)))) expect(error).toBeLessThan(1e-5);
});

test('the variant with unrolled loops and 32 invocations gives the same', async () => {
  for (const error of Object.values(await errors(separate(1, 2, 65, 65, 8), unrolled))) expect(error).toBeLessThan(1e-5);
  for (const error of Object.values(await errors(packed(2, 2, 34, 3), unrolled))) expect(error).toBeLessThan(1e-5);
});

test('fewer queries than keys, and fewer keys than queries', async () => {
  for (const error of Object.values(await errors(separate(2, 3, 1, 65, 8)))) expect(error).toBeLessThan(1e-5);
  for (const error of Object.values(await errors(separate(2, 3, 10, 2, 8)))) expect(error).toBeLessThan(1e-5);
});

test.each([3, 16])('packed q, k and v with heads of %i floats are read in place', async (headSize) => {
  for (const error of Object.values(await errors(packed(2, 3, 37, headSize)))) expect(error).toBeLessThan(1e-5);
});

test.each([80, 3000])('scores up to ±%i give finite values', async (factor) => {
  const each = separate(1, 2, 33, 33, 4, factor);
  const [computed, expected] = [await computedResult(each, runtime), expectedResult(each)];
  for (const values of Object.values(computed)) expect(values.every(Number.isFinite)).toBe(true);
  // The scores themselves are only exact to one part in 2²⁴.
  const error = expected.out.reduce((x, y, i) => Math.max(x, Math.abs(y - at(computed.out, i))), 0);
  expect(error).toBeLessThan(4e-7 * factor);
});

test('attention in steps gives the same, bit by bit, however many pairs of batch and head are done at a time', async () => {
  // Only adapters that compute on a processor, with subgroups, take it.
  if (!prefersSteps(runtime)) return;
  const { size, q, dout } = packed(3, 3, 9, 5);
  const storage = runtime.upload(q.data);
  const [rowsQ, rowsK, rowsV] = [0, 1, 2].map((part) => ({ storage, offset: part * 15, stride: 45 }));
  if (!rowsQ || !rowsK || !rowsV) return;
  const outer = runtime.upload(dout);
  const run = (mostScores: number): Promise<Float32Array[]> => {
    const { out, logSumExp } = attentionInSteps(runtime, rowsQ, rowsK, rowsV, size, mostScores);
    const gradients = attentionGradientInSteps(runtime, rowsQ, rowsK, rowsV, logSumExp, outer, size, mostScores);
    return Promise.all([out, logSumExp, ...Object.values(gradients)].map((x) => runtime.read(x)));
  };
  // The scores of a pair are 9 rows of 12 floats: one pair, two heads of three, one batch, two batches, all.
  const [all, ...parts] = await Promise.all([2000, 1, 250, 400, 700].map(run));
  for (const part of parts) expect(part).toEqual(all);
});

test('heads that do not fit are refused', () => {
  const { size } = separate(1, 1, 1, 1, 129);
  const rows = { storage: unrolled.upload(noise(129, 1)), offset: 0, stride: 129 };
  expect(() => attention(unrolled, rows, rows, rows, size)).toThrow('heads of 129 floats');
});
