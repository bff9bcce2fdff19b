/**
 * Kernels that move whole rows, and the sum that undoes a gather.
 */
import { FLOAT, loadSome, storeSome } from './simd';

/** Units are rows of `length`: row i goes from i·fromStride to i·toStride. */
export function copyRows(begin: i32, end: i32, _scratch: usize, x: usize, fromStride: i32, out: usize, toStride: i32, length: i32): void {
  for (let i = begin; i < end; i++) {
    memory.copy(out + <usize>(i * toStride) * FLOAT, x + <usize>(i * fromStride) * FLOAT, <usize>length * FLOAT);
  }
}

/** Units are rows of the result: row i is x[indices[i]]. */
export function gather(begin: i32, end: i32, _scratch: usize, x: usize, indices: usize, out: usize, width: i32): void {
  const bytes = <usize>width * FLOAT;
  for (let i = begin; i < end; i++) {
    memory.copy(out + <usize>i * bytes, x + <usize>load<u32>(indices + <usize>i * 4) * bytes, bytes);
  }
}

/**
 * out[r] = Σ dy[i] over all i with indices[i] = r, for `rows` rows of `width`. Units are columns: threads that split the rows of dy
 * would meet in one row of the result.
 */
export function scatterAdd(
  begin: i32,
  end: i32,
  _scratch: usize,
  dy: usize,
  indices: usize,
  out: usize,
  count: i32,
  rows: i32,
  width: i32,
): void {
  for (let r = 0; r < rows; r++) memory.fill(out + <usize>(r * width + begin) * FLOAT, 0, <usize>(end - begin) * FLOAT);
  for (let i = 0; i < count; i++) {
    const to = out + <usize>(load<i32>(indices + <usize>i * 4) * width) * FLOAT;
    const from = dy + <usize>(i * width) * FLOAT;
    for (let j = begin; j < end; j += 4) {
      const at = <usize>j * FLOAT;
      storeSome(to + at, f32x4.add(loadSome(to + at, end - j), loadSome(from + at, end - j)), end - j);
    }
  }
}
