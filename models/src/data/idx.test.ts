import { describe, expect, it } from 'vitest';
import { DataError, readIdx } from './idx.ts';

const pictures = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60);

describe('readIdx', () => {
  it('reads the extents and leaves the values in their order', () => {
    expect(readIdx(pictures, 'pictures', 3)).toEqual({ shape: [2, 1, 3], data: Uint8Array.of(10, 20, 30, 40, 50, 60) });
  });

  it('reads a file that lies inside a larger buffer', () => {
    const larger = new Uint8Array(40);
    larger.set(pictures, 7);
    expect(readIdx(larger.subarray(7, 7 + pictures.length), 'pictures', 3).data).toEqual(Uint8Array.of(10, 20, 30, 40, 50, 60));
  });

  it.each([
    ['a file shorter than its header', pictures.subarray(0, 9), /has 9 bytes/],
    ['a file cut short', pictures.subarray(0, -1), /2 × 1 × 3 values, and 5 follow/],
    ['bytes after the end', Uint8Array.of(...pictures, 0), /and 7 follow/],
    ['another type', pictures.with(2, 0x0d), /0x00000d03/],
    ['another number of axes', pictures.with(3, 1), /0x00000801/],
    ['no magic number', pictures.with(0, 0x1f), /0x1f000803/],
    ['no values', Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3), /0 × 1 × 3/],
  ])('refuses %s and says what it found', (_, bytes, message) => {
    expect(() => readIdx(bytes, 'pictures', 3)).toThrow(message);
    expect(() => readIdx(bytes, 'pictures', 3)).toThrow(DataError);
  });
});
