/**
 * The runtime: order, reuse of buffers, counting, and errors.
 */
import { TensorError } from '@cdam/tensor';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createNodeGpu } from '../node.ts';
import { BATCH } from './command-queue.ts';
import { requestAdapter, requestDevice } from './device.ts';
import { full } from './elementwise/full.ts';
import { unary } from './elementwise/unary.ts';
import { GpuRuntime } from './gpu-runtime.ts';
import { defineKernel } from './kernel.ts';
import { foldWorkgroups } from './runtime.ts';

// One for all tests: Dawn crashes when a GPU object is collected before devices that came from it.
let gpu: GPU;
let device: GPUDevice;
let runtime: GpuRuntime;

beforeAll(async () => {
  gpu = await createNodeGpu();
});
beforeEach(async () => {
  device = await requestDevice(await requestAdapter(gpu, {}), true);
  runtime = new GpuRuntime(device, { gpu, poolBytes: 1 << 20, waitingBytes: 1 << 18, software: true });
});
afterEach(() => runtime.dispose());

/** y ← y + amount, in place. */
const increment = defineKernel({
  name: 'increment',
  source: `
struct Params { amount: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] += params.amount; }`,
  uniforms: { amount: 'f32' },
  inputs: [],
  outputs: ['y'],
});

test('dispatches run in order, over many batches, from before the first pipeline is compiled', async () => {
  const x = runtime.upload(Float32Array.of(0));
  const count = 5 * BATCH + 3;
  for (let i = 1; i <= count; i++)
    runtime.run(increment, { uniforms: { amount: i }, inputs: {}, outputs: { y: x }, workgroups: [1, 1, 1] });
  expect([...(await runtime.read(x))]).toEqual([(count * (count + 1)) / 2]);
});

test('a read sees what was enqueued before it and nothing after', async () => {
  const x = runtime.upload(Float32Array.of(1));
  const step = (): void => runtime.run(increment, { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, workgroups: [1, 1, 1] });
  const first = runtime.read(x);
  step();
  const second = runtime.read(x);
  step();
  runtime.release(x);
  expect([...(await first), ...(await second)]).toEqual([1, 2]);
});

test('an upload does not overwrite a buffer that a waiting dispatch still reads', async () => {
  const x = runtime.upload(Float32Array.of(1, 2, 3));
  const y = unary(runtime, 'neg', x);
  runtime.release(x);
  const other = runtime.upload(Float32Array.of(7, 8, 9));
  expect([...(await runtime.read(y))]).toEqual([-1, -2, -3]);
  expect([...(await runtime.read(other))]).toEqual([7, 8, 9]);
});

test('the same holds once pipelines are compiled and buffers lie in the pool', async () => {
  for (let round = 0; round < 4; round++) {
    const results = Array.from({ length: 100 }, (_, i) => {
      const x = runtime.upload(Float32Array.of(i + 1, round + 1));
      const y = unary(runtime, 'neg', x);
      runtime.release(x);
      return y;
    });
    const values = await Promise.all(results.map((y) => runtime.read(y)));
    expect(values.map((value) => [...value])).toEqual(results.map((_, i) => [-i - 1, -round - 1]));
    for (const y of results) runtime.release(y);
  }
  expect(runtime.memory()).toEqual({ bytes: 0, storages: 0 });
});

test('memory counts what is live and not what is pooled', async () => {
  const x = runtime.upload(new Float32Array(100));
  const y = full(runtime, 3, 1);
  expect(runtime.memory()).toEqual({ bytes: 412, storages: 2 });
  runtime.release(x);
  runtime.release(x);
  expect(runtime.memory()).toEqual({ bytes: 12, storages: 1 });
  await runtime.read(y);
  runtime.release(y);
  expect(runtime.memory()).toEqual({ bytes: 0, storages: 0 });
});

test('storage of no elements is allowed', async () => {
  const x = runtime.upload(new Float32Array(0));
  const y = unary(runtime, 'neg', x);
  expect(await runtime.read(y)).toEqual(new Float32Array(0));
});

test('a released storage is refused by name of the op', () => {
  const x = full(runtime, 3, 1);
  runtime.release(x);
  expect(() => unary(runtime, 'neg', x)).toThrow(
    new TensorError('disposed', 'unary: a storage of length 3 was released, or belongs to another backend'),
  );
});

test('one storage is not bound both to be read and to be written', () => {
  const x = full(runtime, 4, 1);
  const kernel = defineKernel({ ...increment, inputs: ['x'] });
  const dispatch = { uniforms: { amount: 1 }, inputs: { x }, outputs: { y: x }, workgroups: [1, 1, 1] } as const;
  expect(() => runtime.run(kernel, dispatch)).toThrow('increment: one storage is bound twice');
});

test('storage beyond a binding of the device is refused with both sizes', () => {
  expect(() => runtime.allocate(40 * 1024 * 1024, 'matmul')).toThrow(
    'matmul: 41943040 floats take 160 MiB, but a binding of this GPU holds 128 MiB',
  );
});

test('what was widened is given up when a later input is too large to be', async () => {
  Object.assign(runtime, { limits: { ...runtime.limits, storageBindingBytes: 1 << 20 } });
  const [small, large] = [runtime.uploadHalf(Float32Array.of(0.5)), runtime.uploadHalf(new Float32Array(300_000))];
  const y = runtime.allocate(1);
  const before = runtime.memory();
  const kernel = defineKernel({ ...increment, inputs: ['small', 'large'] });
  const dispatch = { uniforms: { amount: 1 }, inputs: { small, large }, outputs: { y }, workgroups: [1, 1, 1] } as const;
  const refused = 'reads 32 bits, in which 300000 numbers of half precision take 2 MiB, but a binding of this GPU holds 1 MiB';
  expect(() => runtime.run(kernel, dispatch)).toThrow(`increment: ${refused}`);
  await expect(runtime.read(large)).rejects.toThrow(`read: ${refused}`);
  expect(runtime.memory()).toEqual(before);
});

test('workgroups fold into two dimensions', () => {
  expect(foldWorkgroups(65535, runtime)).toEqual([65535, 1, 1]);
  const [x, y] = foldWorkgroups(65536, runtime);
  expect(x * y).toBeGreaterThanOrEqual(65536);
  expect(Math.max(x, y)).toBeLessThanOrEqual(65535);
});

test('a broken shader is named, with its line, by the next read, and the queue goes on', async () => {
  const broken = defineKernel({ ...increment, name: 'broken-kernel', source: increment.source.replace('params.amount', 'params.amuont') });
  const x = runtime.upload(Float32Array.of(1));
  runtime.run(broken, { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, workgroups: [1, 1, 1] });
  const error = await runtime.read(x).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TensorError);
  const { code, message } = error as TensorError;
  expect(code).toBe('backend');
  expect(message).toContain('broken-kernel: the shader does not compile\n  line 5: ');
  expect(message).toContain('amuont');
  expect(message).toContain('  5 | @compute @workgroup_size(1) fn main() { y[0] += params.amuont; }\n');
  runtime.run(increment, { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, workgroups: [1, 1, 1] });
  expect([...(await runtime.read(x))]).toEqual([2]);
});

test('a constant that a shader does not have is an error that names the kernel', async () => {
  const x = runtime.upload(Float32Array.of(1));
  const kernel = defineKernel({ ...increment, constants: ['NOTHING'] });
  const dispatch = { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, constants: { NOTHING: 1 }, workgroups: [1, 1, 1] } as const;
  runtime.run(kernel, dispatch);
  await expect(runtime.read(x)).rejects.toThrow('increment: the shader does not compile');
});

test('a slot that a shader does not have is an error that names the kernel', () => {
  const x = runtime.upload(Float32Array.of(1));
  const kernel = defineKernel({ ...increment, slots: ['APPLY'] });
  const dispatch = { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, slots: { APPLY: '' }, workgroups: [1, 1, 1] } as const;
  expect(() => runtime.run(kernel, dispatch)).toThrow('increment: the shader has no slot APPLY');
});

test('a long first run reuses its buffers before its pipelines are compiled in the background', async () => {
  const created = vi.spyOn(device, 'createBuffer');
  let x = full(runtime, 4096, 1);
  for (let i = 0; i < 200; i++) {
    const y = unary(runtime, 'neg', x);
    runtime.release(x);
    x = y;
  }
  expect(created.mock.calls.length).toBeLessThan(100);
  expect((await runtime.read(x))[4095]).toBe(1);
});

test('work that WebGPU refuses is reported by the next read, and not by the one after', async () => {
  const source = increment.source.replace('amount: f32', 'amount: f32, more: array<vec4f, 32>');
  const greedy = defineKernel({ ...increment, name: 'greedy-kernel', source });
  const x = runtime.upload(Float32Array.of(1));
  runtime.run(greedy, { uniforms: { amount: 1 }, inputs: {}, outputs: { y: x }, workgroups: [1, 1, 1] });
  await expect(runtime.read(x)).rejects.toThrow(/greedy-kernel.*: WebGPU refused the work/);
  expect([...(await runtime.read(x))]).toEqual([1]);
});
