/**
 * Reads Fashion-MNIST: 70 000 grey pictures of 28 × 28 pixels, of ten kinds of articles from the catalogue of a shop (Xiao, Rasul and
 * Vollgraf 2017, arXiv 1708.07747; MIT licence). The folder holds the four files of the data set, compressed or not.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, type IdxArray, readIdx } from './idx.ts';

/** Side of an article's picture, in pixels. */
export const ARTICLE_SIZE = 28;

/** The names of the ten kinds of articles, by their numbers in the label files. */
export const ARTICLE_NAMES: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** Pictures of articles and their kinds. */
export interface Articles {
  readonly count: number;
  /** Grey bytes, [count, 28, 28]; 0 is the background. */
  readonly pixels: Uint8Array;
  /** Indices of ARTICLE_NAMES, [count]. */
  readonly labels: Uint8Array;
}

/**
 * Reads the 60 000 training articles or the 10 000 test articles.
 * @throws DataError when a file is missing or does not hold what it should
 */
export async function readFashionMnist(folder: string, split: 'train' | 'test'): Promise<Articles> {
  const prefix = split === 'train' ? 'train' : 't10k';
  const [pictures, labels] = await Promise.all([
    readIdxFile(folder, `${prefix}-images-idx3-ubyte`, 3),
    readIdxFile(folder, `${prefix}-labels-idx1-ubyte`, 1),
  ]);
  const [count = 0, height, width] = pictures.shape;
  if (height !== ARTICLE_SIZE || width !== ARTICLE_SIZE) {
    throw new DataError(`${folder}: the ${split} pictures are ${width} × ${height}, not ${ARTICLE_SIZE} × ${ARTICLE_SIZE}`);
  }
  if (labels.shape[0] !== count) {
    throw new DataError(`${folder}: ${count} ${split} pictures have ${labels.shape[0]} labels; take all files from one release`);
  }
  const wrong = labels.data.find((label) => label >= ARTICLE_NAMES.length);
  if (wrong !== undefined)
    throw new DataError(`${folder}: a ${split} label is ${wrong}; Fashion-MNIST has 0 to ${ARTICLE_NAMES.length - 1}`);
  return { count, pixels: pictures.data, labels: labels.data };
}

async function readIdxFile(folder: string, name: string, axes: number): Promise<IdxArray> {
  for (const file of [`${name}.gz`, name]) {
    const bytes = await readIfThere(join(folder, file));
    if (bytes !== undefined) return readIdx(file.endsWith('.gz') ? unzip(bytes, file) : bytes, file, axes);
  }
  throw new DataError(`${folder}: holds neither ${name}.gz nor ${name}; give the folder with the four files of Fashion-MNIST`);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}

function unzip(bytes: Uint8Array, file: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new DataError(`${file}: cannot be decompressed (${cause instanceof Error ? cause.message : cause}); fetch the file again`, {
      cause,
    });
  }
}
