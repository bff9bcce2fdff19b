/**
 * Noise as SmoothGrad adds it (Smilkov et al. 2017): its deviation is a share of the range of what it is added to.
 */
import { add, max, mul, neg, type Tensor, tensor, tidy } from '@cdam/tensor';

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
