/**
 * Times of kernels, on an adapter that has timestamps.
 */
import { expect, test } from 'vitest';
import { openWebGpuNode } from '../node.ts';

test('a profile counts the calls of each kernel since the last one, and gives each a time', async () => {
  const backend = await openWebGpuNode({ profile: true });
  const size = { batch: 1, m: 96, n: 64, k: 32, transposeA: false, transposeB: false, sharedA: false, sharedB: false };
  const run = async (times: number): Promise<void> => {
    const [a, b] = [backend.full(96 * 32, 1), backend.full(32 * 64, 1)];
    const products = Array.from({ length: times }, () => backend.matmul(a, b, size));
    const last = products.at(-1);
    if (last) await backend.read(last);
    for (const storage of [a, b, ...products]) backend.release(storage);
  };
  // More than a batch of the queue holds.
  await run(70);
  const profile = await backend.profile();
  const named = (start: string) => profile.find(({ kernel }) => kernel.startsWith(start));
  expect(named('full')?.calls).toBe(2);
  const product = named('matmul');
  expect(product?.calls).toBe(70);
  expect(product?.kernel).toMatch(/ 96×32×64$/);
  expect(product?.milliseconds).toBeGreaterThan(0);
  const times = profile.map(({ milliseconds }) => milliseconds);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  await run(1);
  expect((await backend.profile()).map(({ calls }) => calls).sort()).toEqual([1, 2]);
  backend.dispose();
});

test('a profile that nobody asked for is refused', async () => {
  const backend = await openWebGpuNode();
  await expect(backend.profile()).rejects.toThrow('open it with { profile: true }');
  backend.dispose();
});
