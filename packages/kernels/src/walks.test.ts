/**
 * Merging the axes of walks.
 */
import { denseWalk } from '@cdam/tensor';
import { expect, test } from 'vitest';
import { mergeWalks } from './walks.ts';
import { isDense } from './webgpu/walk-division.ts';

test('a dense walk becomes one axis', () => {
  const { shape, strides } = mergeWalks('add', [denseWalk([2, 1, 3, 4]), denseWalk([2, 1, 3, 4])]);
  expect(shape).toEqual([24]);
  expect(strides).toEqual([[1], [1]]);
  expect(strides.every(isDense)).toBe(true);
});

test('axes merge only where both walks allow it', () => {
  const row = { shape: [2, 3, 4], strides: [0, 0, 1], offset: 0 };
  const { shape, strides } = mergeWalks('add', [denseWalk([2, 3, 4]), row]);
  expect(shape).toEqual([6, 4]);
  expect(strides).toEqual([
    [4, 1],
    [0, 1],
  ]);
});

test('more axes than a kernel takes are an error that names the op', () => {
  const shape = Array.from({ length: 9 }, () => 2);
  const strides = shape.map((_, i) => 2 ** i);
  expect(() => mergeWalks('copy', [{ shape, strides, offset: 0 }])).toThrow('copy: a walk of 9 axes');
});
