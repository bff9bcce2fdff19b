/**
 * Noise as SmoothGrad adds it (Smilkov et al. 2017): its deviation is a share of the range of what it is added to.
 *
 * Where only the mean over noisy copies is wanted, the copies need not be independent of each other. A Latin hypercube (McKay, Beckman and
 * Conover 1979) spreads the values that a number receives in different copies evenly over the distribution. What the noise of single
 * numbers adds to the mean then varies hardly at all; what their interplay adds varies as before.
 */
import { add, max, mul, neg, type Random, type Tensor, tensor, tidy } from '@cdam/tensor';

/** Returns the next `length` numbers of a sequence of standard normal random numbers. */
export type Normals = (length: number) => Float32Array;

/**
 * Copies of x with noise added.
 *
 * @param x [1, ...]
 * @param noise the standard deviation, as a share of the difference between the largest and the smallest value of x
 * @returns [count, ...]
 */
export function noisyCopies(x: Tensor, count: number, noise: number, normals: Normals): Tensor {
  const [, ...shape] = x.shape;
  return tidy(x.backend, () => {
    const range = add(max(x), max(neg(x)));
    return add(x, mul(tensor(x.backend, normals(count * x.size), [count, ...shape]), mul(range, noise)));
  });
}

/** How many noises a hypercube has, and how many copies each of them serves. */
const CUBE = { noises: 10, shifts: 10 };

/**
 * The standard normal noise of several copies, made so that their mean varies less from seed to seed than with independent noise. Every
 * copy by itself has independent normal noise, so nothing is biased.
 *
 * Ten noises are drawn together, as a Latin hypercube: a number of the copy receives one value from each tenth of the distribution. Each
 * noise then serves up to ten copies, shifted around by another part of its length, so that a token receives what other tokens had.
 * Shifted noise is as good as new where a score depends on the noise of its own token above all, and most of the time goes into drawing.
 * More than a hundred copies have several hypercubes. The numbers do not depend on how many copies are asked for at a time.
 *
 * @param copies how many copies there are
 * @param size how many numbers a copy has
 * @returns a sequence of `copies` × `size` numbers, copy by copy; ask for whole copies
 */
export function stratifiedNormals(random: Random, copies: number, size: number): Normals {
  const cubes = Math.ceil(copies / (CUBE.noises * CUBE.shifts));
  // Cubes are as equal as possible: this is the first copy of a cube.
  const firstOf = (cube: number): number => Math.floor((cube * copies) / cubes);
  let [copy, cube] = [0, -1];
  let noises: readonly Float32Array[] = [];
  return (length) => {
    const values = new Float32Array(length);
    for (let start = 0; start < length; start += size, copy++) {
      if (copy === firstOf(cube + 1)) {
        cube++;
        noises = hypercube(random, Math.min(CUBE.noises, firstOf(cube + 1) - firstOf(cube)), size);
      }
      const index = copy - firstOf(cube);
      const noise = noises[index % noises.length] ?? new Float32Array();
      const shift = Math.floor((Math.floor(index / noises.length) * size) / CUBE.shifts);
      values.set(noise.subarray(shift), start);
      values.set(noise.subarray(0, shift), start + size - shift);
    }
    return values;
  };
}

/** A Latin hypercube of normal numbers: of each number, the `count` noises lie in different ones of as many equally likely intervals. */
function hypercube(random: Random, count: number, size: number): Float32Array[] {
  const noises = Array.from({ length: count }, () => new Float32Array(size));
  // Which interval comes next is chosen as by Fisher and Yates; the order that the last number left is as good to begin with as any.
  const order = Uint8Array.from({ length: count }, (_, i) => i);
  for (let at = 0; at < size; at++) {
    for (let i = count - 1; i >= 0; i--) {
      // The whole part chooses among the intervals that are left, and the rest is a place in the interval, independent of the choice.
      const drawn = (random.integer() + 0.5) * 2 ** -32 * (i + 1);
      const j = Math.floor(drawn);
      const interval = order[j] ?? 0;
      order[j] = order[i] ?? 0;
      order[i] = interval;
      (noises[i] as Float32Array)[at] = normalQuantile((interval + (drawn - j)) / count);
    }
  }
  return noises;
}

/**
 * The quantile of the standard normal distribution, by Acklam's rational functions (2003). Their relative error is at most 1.2e-9.
 *
 * @param p between 0 and 1, both excluded
 */
export function normalQuantile(p: number): number {
  if (p < TAIL || p > 1 - TAIL) {
    const x = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
    const z =
      (((((-7.784894002430293e-3 * x - 0.3223964580411365) * x - 2.400758277161838) * x - 2.549732539343734) * x + 4.374664141464968) * x +
        2.938163982698783) /
      ((((7.784695709041462e-3 * x + 0.3224671290700398) * x + 2.445134137142996) * x + 3.754408661907416) * x + 1);
    return p < TAIL ? z : -z;
  }
  const x = p - 0.5;
  const r = x * x;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r - 30.66479806614716) * r +
      2.506628277459239) *
      x) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r - 13.28068155288572) * r + 1)
  );
}

/** Beyond this probability the distribution has another formula. */
const TAIL = 0.02425;
