/**
 * Half precision (IEEE binary16): the conversion of numbers, and tensors whose elements are kept in it. Written out, because
 * Float16Array is too new to rely on.
 */
import type { Backend } from './backend.ts';
import { TensorError } from './errors.ts';
import type { Shape } from './shape.ts';
import { checkData, type Tensor, wrap } from './tensor.ts';

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

/** Numbers of this magnitude and above round to infinity; the largest that half precision holds is 65504. */
const OVERFLOW = 65520;

/**
 * Copies numbers to a backend that keeps them in half precision: half the memory, and half the traffic where they are the second
 * operand of a matrix product, as a layer's weights are. Every operation takes the tensor as if it were 32-bit and computes in 32 bits.
 * A number is rounded to nearest, by up to 2⁻¹¹ of itself, or up to 2⁻²⁵ below 2⁻¹⁴ (some GPUs take those for 0).
 *
 * @param data as many as `shape` has elements, row by row
 * @param shape extents; a flat list by default
 * @throws TensorError `backend` where the backend has no half precision, `argument` for a number that half precision cannot hold
 */
export function halfTensor(backend: Backend, data: Float32Array, shape: Shape = [data.length]): Tensor {
  checkData('halfTensor', data, shape);
  if (backend.uploadHalf === undefined) {
    const advice = 'open WebGPU with { half: true } on an adapter that has shader-f16, or keep it in f32';
    throw new TensorError('backend', `halfTensor: the backend ${backend.name} (${backend.adapter}) has no half precision; ${advice}`);
  }
  const index = data.findIndex((value) => !(Math.abs(value) < OVERFLOW));
  if (index >= 0) {
    throw new TensorError(
      'argument',
      `halfTensor: element ${index} is ${data[index]}, and half precision holds finite numbers up to 65504`,
    );
  }
  return wrap(backend, backend.uploadHalf(data), shape);
}
