/**
 * Numbers of a kind that only files hold.
 */

/** bfloat16 to binary32: the upper half of its bits. */
export function widenBfloat(half: Uint16Array): Float32Array {
  const wide = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) wide[i] = (half[i] ?? 0) << 16;
  return new Float32Array(wide.buffer);
}
