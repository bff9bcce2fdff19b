/**
 * Both kernels of the product, tiled for GPUs and by subgroups for software adapters, on whatever adapter there is, against sums in f64.
 * B is kept in 32 bits or, where the adapter can, in half precision: then the sums are those of the rounded B, as exact as the others.
 */
import { type Epilogue, type MatmulSize, narrowHalf, type Storage, widenHalf } from '@cdam/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNodeGpu, describeNodeAdapter } from '../../node.ts';
import { HALF, requestAdapter, requestDevice } from '../device.ts';
import { GpuRuntime } from '../gpu-runtime.ts';
import { matmul } from './matmul.ts';
import { slicesFor } from './product.ts';

function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * 12.9898 * seed) * Math.cos(i * 0.7 + seed));
}

function at(x: Float32Array, i: number): number {
  const value = x[i];
  if (value === undefined) throw new RangeError(`element ${i} of ${x.length}`);
  return value;
}

function size(batch: number, m: number, n: number, k: number, flags: Partial<MatmulSize> = {}): MatmulSize {
  return { batch, m, n, k, transposeA: false, transposeB: false, sharedA: false, sharedB: false, ...flags };
}

function expectedProduct(a: Float32Array, b: Float32Array, s: MatmulSize): Float64Array {
  const { batch, m, n, k } = s;
  const c = new Float64Array(batch * m * n);
  for (let i = 0; i < c.length; i++) {
    const [z, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    const [startA, startB] = [s.sharedA ? 0 : z * m * k, s.sharedB ? 0 : z * k * n];
    let sum = 0;
    for (let p = 0; p < k; p++) {
      sum += at(a, startA + (s.transposeA ? p * m + row : row * k + p)) * at(b, startB + (s.transposeB ? column * k + p : p * n + column));
    }
    c[i] = sum;
  }
  return c;
}

function largestError(actual: Float32Array, expected: Float64Array): number {
  expect(actual.length).toBe(expected.length);
  let error = 0;
  for (const [i, value] of expected.entries()) error = Math.max(error, Math.abs(at(actual, i) - value));
  return error;
}

const { name, features } = await describeNodeAdapter({ half: true });
const halfIsMissing = !features.includes(HALF);

describe.each([
  ['tiled', '32 bits', false],
  ['subgroup', '32 bits', true],
  ['tiled', 'half precision', false],
  ['subgroup', 'half precision', true],
] as const)('the %s product, B in %s', (_, kept, software) => {
  const half = kept === 'half precision';
  if (half && halfIsMissing) {
    test.skip(`the adapter ${name} has none`, () => {});
    return;
  }
  let runtime: GpuRuntime;

  beforeAll(async () => {
    const gpu = await createNodeGpu();
    const device = await requestDevice(await requestAdapter(gpu, {}), true, half);
    runtime = new GpuRuntime(device, { gpu, poolBytes: 0, software });
  });

  afterAll(() => runtime.dispose());

  /** For B: numbers as they are kept, and the storage of them. */
  function keptNoise(length: number, seed: number): { b: Float32Array; onGpu: Storage } {
    const b = half ? widenHalf(narrowHalf(noise(length, seed))) : noise(length, seed);
    return { b, onGpu: half ? runtime.uploadHalf(b) : runtime.upload(b) };
  }

  async function take(x: Storage): Promise<Float32Array> {
    const data = await runtime.read(x);
    runtime.release(x);
    return data;
  }

  async function error(s: MatmulSize): Promise<number> {
    const a = noise((s.sharedA ? 1 : s.batch) * s.m * s.k, 1);
    const { b, onGpu } = keptNoise((s.sharedB ? 1 : s.batch) * s.k * s.n, 2);
    const actual = await take(matmul(runtime, runtime.upload(a), onGpu, s));
    return largestError(actual, expectedProduct(a, b, s)) / Math.sqrt(s.k);
  }

  const transposes = [
    ['A·B', {}],
    ['A·Bᵀ', { transposeB: true }],
    ['Aᵀ·B', { transposeA: true }],
    ['Aᵀ·Bᵀ', { transposeA: true, transposeB: true }],
  ] as const;

  test.each(transposes)('%s is right at sizes around those of the tiles', async (_name, flags) => {
    const sizes = [
      [1, 1, 1],
      [3, 65, 1],
      [1, 10, 64],
      [63, 64, 65],
      [65, 63, 197],
      [64, 68, 16],
      [197, 20, 36],
    ] as const;
    for (const [m, n, k] of sizes) expect(await error(size(1, m, n, k, flags)), `${m}×${n}×${k}`).toBeLessThan(2e-6);
  });

  test('large tiles are taken when there is work for many workgroups, and give the same', async () => {
    expect(await error(size(33, 65, 70, 20))).toBeLessThan(2e-6);
    expect(await error(size(33, 68, 72, 20, { transposeA: true, transposeB: true }))).toBeLessThan(2e-6);
  });

  test('either operand may be shared by a batch', async () => {
    expect(await error(size(3, 5, 7, 33, { sharedA: true }))).toBeLessThan(2e-6);
    expect(await error(size(3, 5, 7, 33, { sharedB: true, transposeB: true }))).toBeLessThan(2e-6);
    expect(await error(size(3, 5, 7, 33, { sharedB: true, transposeA: true }))).toBeLessThan(2e-6);
  });

  test('the gradient of a weight, a long sum with a small result, is cut into slices and summed', async () => {
    const s = size(1, 12, 20, 1000, { transposeA: true });
    expect(slicesFor(runtime, s.m, s.n, s.k)).toBeGreaterThan(1);
    expect(await error(s)).toBeLessThan(2e-6);
  });

  test('a row of the result is the same, bit by bit, in a batch of any size', async () => {
    const [a, b] = [runtime.upload(noise(600 * 40, 3)), keptNoise(40 * 70, 4).onGpu];
    const all = await take(matmul(runtime, a, b, size(1, 600, 70, 40)));
    const few = await take(matmul(runtime, a, b, size(1, 3, 70, 40)));
    expect(few).toEqual(all.subarray(0, 3 * 70));
  });

  const epilogues: readonly (readonly string[])[] = [['scale'], ['bias', 'residual'], ['bias', 'scale', 'residual', 'sharedResidual']];
  test.each(epilogues)('residual + scale ⊙ silu(product + bias) with %s …', async (...parts) => {
    const s = size(2, 35, 33, 17);
    const [a, bias, scale] = [noise(2 * 35 * 17, 1), noise(33, 3), noise(33, 4)];
    const { b, onGpu } = keptNoise(2 * 17 * 33, 2);
    const sharedResidual = parts.includes('sharedResidual');
    const residual = noise((sharedResidual ? 1 : 2) * 35 * 33, 5);
    const has = (part: string, data: Float32Array): Storage | undefined => (parts.includes(part) ? runtime.upload(data) : undefined);
    const epilogue: Epilogue = {
      bias: has('bias', bias),
      activation: 'silu',
      scale: has('scale', scale),
      residual: has('residual', residual),
      sharedResidual,
    };
    const actual = await take(matmul(runtime, runtime.upload(a), onGpu, s, epilogue));
    const expected = expectedProduct(a, b, s).map((product, i) => {
      const x = product + (epilogue.bias ? at(bias, i % 33) : 0);
      const y = (epilogue.scale ? at(scale, i % 33) : 1) * (x / (1 + Math.exp(-x)));
      return y + (epilogue.residual ? at(residual, i % residual.length) : 0);
    });
    expect(largestError(actual, expected)).toBeLessThan(1e-5);
  });

  test('a value that is not a number stays in its row and column', async () => {
    const a = noise(35 * 20, 1);
    a[20 * 4 + 7] = Number.NaN;
    const c = await take(matmul(runtime, runtime.upload(a), keptNoise(20 * 37, 2).onGpu, size(1, 35, 37, 20)));
    const rows = new Set([...c.keys()].filter((i) => Number.isNaN(c[i])).map((i) => Math.floor(i / 37)));
    expect([...rows]).toEqual([4]);
  });
});
