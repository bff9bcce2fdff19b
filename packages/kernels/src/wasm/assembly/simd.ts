/**
 * Vectors of four floats: the few helpers that every kernel uses.
 *
 * The files of this folder are AssemblyScript. A kernel is an exported function `kernel(begin, end, scratch, ...)`: it does the units
 * of work from `begin` to before `end` (elements, rows or tiles, as its comment says) and may use the bytes at `scratch`, which are its
 * thread's own. A unit is computed in the same order of operations by any thread, so results don't depend on the number of threads.
 * Addresses are in bytes, all other sizes and strides in floats.
 */

/** Bytes of a float, and of a vector. */
export const FLOAT: usize = 4;
export const VECTOR: usize = 16;

/** a·b + c. With relaxed SIMD the engine may round once instead of twice, which takes one instruction instead of two. */
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The first `count` floats at `address`, at most four; the other lanes are 0. Reads nothing beyond them. */
export function loadSome(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  let v = f32x4.splat(0);
  if (count > 0) v = f32x4.replace_lane(v, 0, load<f32>(address));
  if (count > 1) v = f32x4.replace_lane(v, 1, load<f32>(address, 4));
  if (count > 2) v = f32x4.replace_lane(v, 2, load<f32>(address, 8));
  return v;
}

/** Writes the first `count` lanes, at most four. */
export function storeSome(address: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, v);
    return;
  }
  if (count > 0) store<f32>(address, f32x4.extract_lane(v, 0));
  if (count > 1) store<f32>(address, f32x4.extract_lane(v, 1), 4);
  if (count > 2) store<f32>(address, f32x4.extract_lane(v, 2), 8);
}

/** Four floats that lie `stride` apart. */
export function loadStrided(address: usize, stride: i32): v128 {
  if (stride === 1) return v128.load(address);
  if (stride === 0) return v128.load32_splat(address);
  const step = <usize>stride * FLOAT;
  let v = v128.load32_zero(address);
  v = v128.load_lane<f32>(address + step, v, 1);
  v = v128.load_lane<f32>(address + 2 * step, v, 2);
  return v128.load_lane<f32>(address + 3 * step, v, 3);
}

export function sumOfLanes(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

export function largestLane(v: v128): f32 {
  const low = max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return max(low, max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}
