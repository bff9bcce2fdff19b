import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFashionMnist } from './fashion-mnist.ts';
import { DataError } from './idx.ts';

const pictures = (count: number, side = 28): Uint8Array =>
  Uint8Array.of(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, side, 0, 0, 0, side, ...new Uint8Array(count * side * side).fill(9));
const labels = (...values: number[]): Uint8Array => Uint8Array.of(0, 0, 8, 1, 0, 0, 0, values.length, ...values);

describe('readFashionMnist', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fashion-mnist-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads the four files, compressed or not, those of training and of test separately', async () => {
    await writeFile(join(folder, 'train-images-idx3-ubyte'), pictures(2));
    await writeFile(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(labels(3, 9)));
    await writeFile(join(folder, 't10k-images-idx3-ubyte.gz'), gzipSync(pictures(1)));
    await writeFile(join(folder, 't10k-labels-idx1-ubyte'), labels(0));
    const train = await readFashionMnist(folder, 'train');
    expect([train.count, train.pixels.length, ...train.labels]).toEqual([2, 2 * 28 * 28, 3, 9]);
    expect((await readFashionMnist(folder, 'test')).count).toBe(1);
  });

  it.each([
    ['a missing file', undefined, labels(0), /neither train-images-idx3-ubyte.gz nor train-images-idx3-ubyte/],
    ['a damaged archive', gzipSync(pictures(1)).subarray(0, 20), labels(0), /train-images-idx3-ubyte.gz: cannot be decompressed/],
    ['pictures of another size', gzipSync(pictures(1, 14)), labels(0), /14 × 14, not 28 × 28/],
    ['labels for other pictures', gzipSync(pictures(2)), labels(0), /2 train pictures have 1 labels/],
    ['a label that is not a class', gzipSync(pictures(1)), labels(10), /label is 10/],
  ])('refuses %s', async (_, images, classes, message) => {
    if (images !== undefined) await writeFile(join(folder, 'train-images-idx3-ubyte.gz'), images);
    await writeFile(join(folder, 'train-labels-idx1-ubyte'), classes);
    const reading = readFashionMnist(folder, 'train');
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toBeInstanceOf(DataError);
  });
});
