/**
 * Groups of things that are alike: k-means, and agglomeration with complete linkage. Methods that hide parts of a picture choose their masks
 * by them.
 */
import { matmul, mul, Random, slice, sub, sum, type Tensor, tensor, tidy } from '@cdam/tensor';
import { inBatches } from '../view/batches.ts';

/** When k-means ends, as in fast-pytorch-kmeans: after so many rounds, or when the squares of all moves of a round sum to less. */
const ROUNDS = 100;
const STILL = 1e-4;

/** How many bytes the distances of some points to all centroids may take: no more than any GPU binds. */
const MEMORY = 2 ** 26;

/**
 * The centroids of k-means (Lloyd 1982). They begin at `count` points drawn at random. A centroid that no point is nearest to stays where
 * it is (in fast-pytorch-kmeans it becomes zero), and a point that is equally near to two belongs to the first.
 *
 * Distances are computed on the points' backend, everything else on the host. What is nearest can depend on the last bit of a distance, so
 * backends agree on the centroids unless two are equally near to within rounding.
 *
 * @param points [number of points, size]
 * @param count how many centroids; where there are no more points than that, each point is one
 * @returns the centroids, [size] each
 */
export async function kMeans(points: Tensor, count: number, seed: number): Promise<Float32Array[]> {
  const [total = 0, size = 0] = points.shape;
  const values = await points.data();
  const point = (i: number): Float32Array => values.subarray(i * size, (i + 1) * size);
  if (count >= total) return Array.from({ length: total }, (_, i) => point(i));
  const order = new Random(seed).shuffle(Array.from({ length: total }, (_, i) => i));
  let centroids = order.slice(0, count).map(point);
  for (let round = 0; round < ROUNDS; round++) {
    const nearest = await nearestOf(points, centroids);
    const next = meansOf(centroids, nearest, point);
    const moved = next.reduce((all, centroid, c) => all + squaredDistance(centroid, centroids[c] ?? centroid), 0);
    centroids = next;
    if (moved <= STILL) break;
  }
  return centroids;
}

/** For each point the number of its nearest centroid. |p − c|² is smallest where 2·p·c − |c|² is largest. */
async function nearestOf(points: Tensor, centroids: readonly Float32Array[]): Promise<Uint32Array> {
  const { backend, shape } = points;
  const [total = 0, size = 0] = shape;
  const all = new Float32Array(centroids.length * size);
  for (const [c, centroid] of centroids.entries()) all.set(centroid, c * size);
  using rows = tensor(backend, all, [centroids.length, size]);
  const nearest = new Uint32Array(total);
  const numbers = Array.from(nearest.keys());
  for (const some of inBatches(numbers, 4 * centroids.length, MEMORY)) {
    const first = some[0] ?? 0;
    using likeness = tidy(backend, () => {
      const products = matmul(slice(points, 0, first, first + some.length), rows, { transposeB: true });
      return sub(mul(products, 2), sum(mul(rows, rows), { axes: [1] }));
    });
    const values = await likeness.data();
    for (const i of some) nearest[i] = largest(values.subarray((i - first) * centroids.length, (i - first + 1) * centroids.length));
  }
  return nearest;
}

/** The index of the largest value; of equal values the first. */
function largest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** The means of the points that are nearest to each centroid. */
function meansOf(centroids: readonly Float32Array[], nearest: Uint32Array, point: (i: number) => Float32Array): Float32Array[] {
  const sums = centroids.map(({ length }) => new Float64Array(length));
  const counts = new Uint32Array(centroids.length);
  for (const [i, c] of nearest.entries()) {
    const total = sums[c] ?? new Float64Array();
    for (const [k, value] of point(i).entries()) total[k] = (total[k] ?? 0) + value;
    counts[c] = (counts[c] ?? 0) + 1;
  }
  return centroids.map((centroid, c) => {
    const members = counts[c] ?? 0;
    return members === 0 ? centroid : Float32Array.from(sums[c] ?? [], (total) => total / members);
  });
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((total, value, k) => total + (value - (b[k] ?? 0)) ** 2, 0);
}

/**
 * Agglomeration with complete linkage: the two clusters whose farthest members are nearest become one, as long as these are nearer than a
 * threshold. Of equal pairs the first is taken.
 *
 * @param distances between all things, [count, count] row by row
 * @returns the clusters, each as the numbers of its members, in the order of their first members
 */
export function completeLinkage(distances: Float64Array, count: number, threshold: number): number[][] {
  const clusters = new Map(Array.from({ length: count }, (_, i) => [i, [i]]));
  const farthest = distances.slice();
  for (;;) {
    const pair = nearestPair(farthest, count, [...clusters.keys()]);
    if (pair === undefined || pair.distance >= threshold) break;
    const { first, second } = pair;
    clusters.set(first, [...(clusters.get(first) ?? []), ...(clusters.get(second) ?? [])]);
    clusters.delete(second);
    for (const other of clusters.keys()) {
      const larger = Math.max(farthest[first * count + other] ?? 0, farthest[second * count + other] ?? 0);
      farthest[first * count + other] = larger;
      farthest[other * count + first] = larger;
    }
  }
  return [...clusters.values()];
}

function nearestPair(
  distances: Float64Array,
  count: number,
  among: readonly number[],
): { first: number; second: number; distance: number } | undefined {
  let found: { first: number; second: number; distance: number } | undefined;
  for (let i = 0; i < among.length; i++) {
    const first = among[i] ?? 0;
    for (let j = i + 1; j < among.length; j++) {
      const second = among[j] ?? 0;
      const distance = distances[first * count + second] ?? 0;
      if (found === undefined || distance < found.distance) found = { first, second, distance };
    }
  }
  return found;
}
