/** The corners of clustering and of maps from masks; their values are held against PyTorch in tests/parity. */
import { createReferenceBackend, tensor } from '@cdam/tensor';
import { expect, it } from 'vitest';
import { completeLinkage, kMeans } from './clustering.ts';
import { mapOfMasks, shareOfMask } from './masks.ts';

const backend = createReferenceBackend();

it('k-means finds the means of groups that lie far apart, from any seed that begins in each', async () => {
  const points = tensor(backend, [0, 0, 0, 2, 50, 50, 50, 52, 54, 50], [5, 2]);
  const before = backend.memory().bytes;
  const found = await Promise.all(Array.from({ length: 12 }, (_, seed) => kMeans(points, 2, seed)));
  const sorted = found.map((centroids) => centroids.map((centroid) => Array.from(centroid)).sort(([a = 0], [b = 0]) => a - b));
  expect(sorted).toContainEqual([
    [0, 1],
    [expect.closeTo(154 / 3, 4), expect.closeTo(152 / 3, 4)],
  ]);
  expect(backend.memory().bytes).toBe(before);
});

it('k-means has no more centroids than points, and one without points of its own stays where it is', async () => {
  const points = tensor(backend, [1, 1, 7], [3, 1]);
  expect((await kMeans(points, 9, 0)).map(([value]) => value)).toEqual([1, 1, 7]);
  // Both begin at equal points, of which all belong to the first.
  expect((await kMeans(tensor(backend, [4, 4, 4], [3, 1]), 2, 0)).map(([value]) => value)).toEqual([4, 4]);
});

it('complete linkage goes by the farthest members, and stops at the threshold', () => {
  // Points at 0, 1, 2.1 and 10 on a line. A chain 0–1–2.1 is as long as its ends are apart.
  const at = [0, 1, 2.1, 10];
  const distances = Float64Array.from(at.flatMap((a) => at.map((b) => Math.abs(a - b))));
  expect(completeLinkage(distances, 4, 1)).toEqual([[0], [1], [2], [3]]);
  expect(completeLinkage(distances, 4, 2)).toEqual([[0, 1], [2], [3]]);
  expect(completeLinkage(distances, 4, 2.2)).toEqual([[0, 1, 2], [3]]);
  expect(completeLinkage(distances, 4, 11)).toEqual([[0, 1, 2, 3]]);
});

it('a map of masks has the mean of the scores of the masks that show a patch, and of all scores where none does', () => {
  const masks = [
    [1, 1, 0, 0],
    [0, 1, 1, 0],
  ];
  const all = [1, 2, 1, 0];
  const shown = masks.map((mask) => Float32Array.from(mask, (value, patch) => shareOfMask(value, all[patch] ?? 0, 2)));
  expect(Array.from(mapOfMasks(new Float32Array([1, 5]), shown))).toEqual([1, 3, 5, 3]);
  expect(Array.from(mapOfMasks(new Float32Array([3, 3]), shown))).toEqual([3, 3, 3, 3]);
});
