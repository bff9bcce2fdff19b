/**
 * Conversion of number formats that occur in files only.
 */

/** Widens bfloat16 to 32-bit floats: a bfloat16 is the upper half of the bits of a 32-bit float. */
export function widenBfloat(half: Uint16Array): Float32Array {
  const wide = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) wide[i] = (half[i] ?? 0) << 16;
  return new Float32Array(wide.buffer);
}
