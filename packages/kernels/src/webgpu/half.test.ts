/**
 * Storage of half precision on a GPU: how large it is, what kernels make of it that know only 32 bits, and what is refused.
 * (Products, which read it as it is kept, are tested in `matmul/matmul.test.ts`; what a runtime does of it, in `gpu-runtime.test.ts`.)
 */
import {
  add,
  concat,
  gather,
  halfTensor,
  matmul,
  mul,
  narrowHalf,
  Sgd,
  slice,
  type Tensor,
  TensorError,
  tensor,
  transpose,
  widenHalf,
} from '@cdam/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeNodeAdapter, openWebGpu, openWebGpuNode, type WebGpuBackend } from '../node.ts';
import { HALF } from './device.ts';

const { name, features } = await describeNodeAdapter({ half: true });
const title = features.includes(HALF) ? 'storage of half precision' : `storage of half precision, which ${name} lacks`;

describe.skipIf(!features.includes(HALF))(title, () => {
  const numbers = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i + 1));
  const rounded = [...widenHalf(narrowHalf(numbers))];
  const many = Float32Array.from({ length: 3003 }, (_, i) => Math.cos(i));
  const roundedMany = [...widenHalf(narrowHalf(many))];
  let backend: WebGpuBackend;
  let x: Tensor;

  beforeAll(async () => {
    backend = await openWebGpuNode({ half: true, profile: features.includes('timestamp-query') });
    x = halfTensor(backend, numbers, [5, 3]);
  });

  afterAll(() => backend.dispose());

  /** Names of the kernels that ran since the last call. */
  async function kernels(): Promise<string[]> {
    return (await backend.profile()).map(({ kernel }) => kernel);
  }

  test('takes half the bytes, and is read back rounded', async () => {
    const before = backend.memory();
    const y = halfTensor(backend, numbers);
    expect(backend.memory().bytes - before.bytes).toBe(30);
    expect([...(await y.data())]).toEqual(rounded);
    y.dispose();
    expect(backend.memory()).toEqual(before);
  });

  test.each(['an odd number of elements', 'an even number', 'one'])('holds %s', async (count) => {
    const some = numbers.slice(0, count === 'one' ? 1 : count === 'an even number' ? 14 : 13);
    using y = halfTensor(backend, some);
    expect([...(await y.data())]).toEqual(rounded.slice(0, some.length));
  });

  test('is what every operation takes for 32 bits', async () => {
    const before = backend.memory();
    const expectData = async (y: Tensor, expected: readonly number[]): Promise<void> => {
      expect([...(await y.data())]).toEqual(expected);
      y.dispose();
    };
    using half = tensor(backend, [0.5]);
    await expectData(
      mul(x, half),
      rounded.map((value) => 0.5 * value),
    );
    await expectData(
      add(x, x),
      rounded.map((value) => 2 * value),
    );
    half.dispose();
    expect(backend.memory()).toEqual(before);
  });

  test('is what parts are taken of, at odd places too', async () => {
    const column = (i: number): number[] => [0, 1, 2, 3, 4].map((row) => rounded[3 * row + i] ?? 0);
    const expectData = async (y: Tensor, expected: readonly number[]): Promise<void> => {
      expect([...(await y.data())]).toEqual(expected);
      y.dispose();
    };
    await expectData(slice(x, 0, 1, 3), rounded.slice(3, 9));
    await expectData(slice(x, 1, 1, 2), column(1));
    await expectData(transpose(x), [0, 1, 2].flatMap(column));
    await expectData(gather(x, [4, 0]), [...rounded.slice(12), ...rounded.slice(0, 3)]);
    await expectData(concat([x, x], 0), [...rounded, ...rounded]);
    using wide = halfTensor(backend, many, [3, 1001]);
    await expectData(slice(wide, 0, 1, 2), roundedMany.slice(1001, 2002));
    await expectData(gather(wide, [1]), roundedMany.slice(1001, 2002));
  });

  test('is widened as the first operand of a product, even where it is the second too', async () => {
    using product = matmul(x, x, { transposeB: true });
    const actual = await product.data();
    for (const [i, value] of actual.entries()) {
      const [row, column] = [Math.floor(i / 5), i % 5];
      const expected = [0, 1, 2].reduce((sum, p) => sum + (rounded[3 * row + p] ?? 0) * (rounded[3 * column + p] ?? 0), 0);
      expect(value).toBeCloseTo(expected, 6);
    }
  });

  test.skipIf(!features.includes('timestamp-query'))('is not widened as a whole where a part of it is taken', async () => {
    await kernels();
    using row = gather(x, [3]);
    using part = slice(x, 0, 1, 3);
    await Promise.all([row.data(), part.data()]);
    expect((await kernels()).sort()).toEqual(['copy', 'gather']);
  });

  test.skipIf(!features.includes('timestamp-query'))('is not widened as the second operand of a product', async () => {
    using a = tensor(backend, numbers, [5, 3]);
    await kernels();
    using product = matmul(a, x, { transposeB: true });
    await product.data();
    const ran = await kernels();
    expect(ran).not.toContain('widen');
    expect(ran.length).toBeGreaterThan(0);
    using sum = add(a, x);
    await sum.data();
    expect(await kernels()).toContain('widen');
  });

  test('is not changed in place', () => {
    using gradient = tensor(backend, numbers, [5, 3]);
    const optimizer = new Sgd({ weight: x });
    const refused = expect.objectContaining({ code: 'argument', message: expect.stringContaining('sgd: storage of half precision') });
    expect(() => optimizer.step({ weight: gradient }, 1)).toThrow(refused);
  });
});

test('a backend that was opened without half precision has none', async () => {
  const backend = await openWebGpuNode();
  expect(() => halfTensor(backend, Float32Array.of(1))).toThrow('has no half precision; open WebGPU with { half: true }');
  backend.dispose();
});

test('an adapter without half precision is refused when it is wanted', async () => {
  const info = { vendor: 'none', architecture: '', device: 'old', description: '' };
  const adapter: GPUAdapter = Object.assign(Object.create(null), { features: new Set(), limits: {}, info });
  const gpu = { requestAdapter: async () => adapter } as Partial<GPU> as GPU;
  const refused = openWebGpu(gpu, { half: true });
  await expect(refused).rejects.toThrow('the adapter old (none) has no half precision (shader-f16)');
  await expect(refused).rejects.toBeInstanceOf(TensorError);
});
