/**
 * Opening and closing: whose device it is, and what is said when there is none. (That a process ends by itself is tested in `tests`.)
 */
import { expect, test } from 'vitest';
import { createNodeGpu, createWebGpuBackend, describeNodeAdapter, openWebGpu, openWebGpuNode } from '../node.ts';

test('a device that the caller passed in survives the backend', async () => {
  const gpu = await createNodeGpu();
  const adapter = await gpu.requestAdapter();
  const device = await adapter?.requestDevice();
  if (!device) throw new Error('no device');
  const first = createWebGpuBackend({ device });
  const x = first.full(3, 1);
  expect([...(await first.read(x))]).toEqual([1, 1, 1]);
  first.dispose();
  expect(() => first.full(1, 1)).toThrow(expect.objectContaining({ code: 'disposed' }));
  const second = createWebGpuBackend({ device });
  expect([...(await second.read(second.full(2, 5)))]).toEqual([5, 5]);
  second.dispose();
  const lost = await Promise.race([device.lost, new Promise((resolve) => setTimeout(resolve, 100, 'alive'))]);
  expect(lost).toBe('alive');
  device.destroy();
  // Held until here: Dawn's devices do not outlive the object they came from.
  expect(gpu).toBeDefined();
});

test('reads that dispose interrupts are rejected as disposed, not as lost', async () => {
  const backend = await openWebGpuNode();
  const pending = backend.read(backend.full(3, 1));
  backend.dispose();
  await expect(pending).rejects.toEqual(expect.objectContaining({ code: 'disposed' }));
});

test('without WebGPU or an adapter the error says what to do', async () => {
  await expect(openWebGpu()).rejects.toThrow('this environment has no WebGPU');
  const none = { requestAdapter: async () => null } as Partial<GPU> as GPU;
  await expect(openWebGpu(none)).rejects.toThrow('found no graphics adapter');
});

test('an adapter is described', async () => {
  const description = await describeNodeAdapter();
  expect(description.name).not.toBe('');
  expect(description.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 1024 * 1024);
});

test('nothing is put on globalThis', async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  (await openWebGpuNode()).dispose();
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
});
