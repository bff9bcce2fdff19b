/**
 * The pool of buffers.
 */
import { expect, test } from 'vitest';
import { BufferPool, type PooledBuffer, sizeClass } from './buffers.ts';

const MIB = 1024 * 1024;

function poolOf(capacity: number): { pool: BufferPool; destroyed: number[] } {
  const destroyed: number[] = [];
  const create = (): GPUBuffer => ({ destroy: () => undefined }) as GPUBuffer;
  return { pool: new BufferPool(create, ({ id }: PooledBuffer) => destroyed.push(id), capacity), destroyed };
}

test('size classes hold the request, waste at most a fifth, are bindable by vectors, and keep to the limit', () => {
  for (const bytes of [0, 4, 255, 256, 257, 1000, 1025, 5000, 99_999, MIB + 1, 100 * MIB, 127 * MIB, 128 * MIB]) {
    const size = sizeClass(bytes, 128 * MIB);
    expect(size).toBeGreaterThanOrEqual(Math.max(256, bytes));
    expect(size).toBeLessThanOrEqual(128 * MIB);
    expect(size % 256).toBe(0);
    if (bytes > 2048) expect(size - bytes).toBeLessThanOrEqual(size / 5);
  }
});

test('a buffer that was given back is used again, for its own size only', () => {
  const { pool } = poolOf(MIB);
  const a = pool.acquire(1024);
  pool.recycle(a);
  expect(pool.acquire(2048)).not.toBe(a);
  expect(pool.acquire(1024)).toBe(a);
  expect(pool.acquire(1024)).not.toBe(a);
});

test('whatever the order in which buffers come back, they are given out in the same one', () => {
  const { pool } = poolOf(MIB);
  const buffers = Array.from({ length: 5 }, () => pool.acquire(1024));
  for (const i of [3, 0, 4, 1, 2]) {
    const buffer = buffers[i];
    if (buffer) pool.recycle(buffer);
  }
  expect(buffers.map(() => pool.acquire(1024).id)).toEqual(buffers.map(({ id }) => id));
});

test('beyond its capacity the pool destroys what lay unused the longest', () => {
  const { pool, destroyed } = poolOf(2048);
  const [a, b, c] = [pool.acquire(1024), pool.acquire(1024), pool.acquire(1024)];
  for (const buffer of [a, b, c]) pool.recycle(buffer);
  expect(destroyed).toEqual([a.id]);
  expect(pool.idleBytes).toBe(2048);
  pool.clear();
  expect(destroyed).toEqual([a.id, b.id, c.id]);
  expect(pool.idleBytes).toBe(0);
});
