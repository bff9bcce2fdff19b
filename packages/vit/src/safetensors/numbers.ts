/**
 * Half-precision and bfloat16 numbers to and from 32-bit floats. Written out, because Float16Array is too new to rely on.
 */

/** IEEE binary16 to binary32, exactly: subnormals, infinities and the payload of NaN included. `half` holds 16 bits. */
export function widenHalf(half: Uint16Array): Float32Array {
  const wide = new Uint32Array(half.length);
  const values = new Float32Array(wide.buffer);
  for (let i = 0; i < half.length; i++) {
    const h = half[i] ?? 0;
    const sign = (h & 0x8000) << 16;
    const exponent = (h >> 10) & 31;
    const fraction = h & 1023;
    if (exponent === 31) wide[i] = sign | 0x7f800000 | (fraction << 13);
    else if (exponent > 0) wide[i] = sign | ((exponent + 112) << 23) | (fraction << 13);
    // A subnormal half is ±fraction·2⁻²⁴, which is a normal float (or a zero with a sign).
    else values[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
  }
  return values;
}

/** bfloat16 to binary32: the upper half of its bits. */
export function widenBfloat(half: Uint16Array): Float32Array {
  const wide = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) wide[i] = (half[i] ?? 0) << 16;
  return new Float32Array(wide.buffer);
}

/**
 * Binary32 to binary16, rounded to nearest, ties to even. Infinities and NaN stay what they are; a finite number that rounds to an
 * infinity (65520 and above) is given as infinity: whoever must not lose it compares.
 */
export function narrowHalf(values: Float32Array): Uint16Array {
  const wide = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const half = new Uint16Array(values.length);
  for (let i = 0; i < wide.length; i++) {
    const w = wide[i] ?? 0;
    const sign = (w >>> 16) & 0x8000;
    const magnitude = w & 0x7fffffff;
    if (magnitude > 0x7f800000) half[i] = sign | 0x7e00 | ((magnitude >> 13) & 0x1ff);
    else if (magnitude >= 0x477ff000) half[i] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      // Adding just under half of the last kept bit, and that bit itself, rounds ties to even; a carry goes into the exponent by itself.
      half[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
    } else half[i] = sign | roundToEven(Math.abs(values[i] ?? 0) * 2 ** 24);
  }
  return half;
}

/** For 0 ≤ x ≤ 1024. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
