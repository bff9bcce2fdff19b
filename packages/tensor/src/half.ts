/**
 * Half precision (IEEE binary16): the conversion of numbers, and tensors whose elements are stored in it. Older browsers and Node
 * versions have no Float16Array, so the conversion is written out here.
 */
import type { Backend } from './backend.ts';
import { TensorError } from './errors.ts';
import type { Shape } from './shape.ts';
import { checkData, type Tensor, wrap } from './tensor.ts';

/**
 * Half precision to 32 bits. This is exact, for subnormal numbers, infinities and NaN too. Cannot fail.
 *
 * @param half the 16 bits of each number
 * @example widenHalf(Uint16Array.of(0x3c00, 0xc000)); // [1, -2]
 */
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
 * 32 bits to half precision, rounded to nearest, ties to even. Infinities and NaN stay what they are, and a number of 65520 or more
 * becomes infinity: a caller who cannot allow that has to check before. Cannot fail.
 *
 * @returns the 16 bits of each number
 * @example widenHalf(narrowHalf(Float32Array.of(2049, 70000))); // [2048, Infinity]
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
      // Adding a little less than half of the last kept bit, and that bit itself, rounds ties to even. A carry raises the exponent, as it should.
      half[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
    } else half[i] = sign | roundToEven(Math.abs(values[i] ?? 0) * 2 ** 24);
  }
  return half;
}

/** The nearest integer, the even one of two equally near ones. For 0 ≤ x ≤ 1024. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** The smallest number that rounds to infinity; the largest in half precision is 65504. */
const OVERFLOW = 65520;

/**
 * A tensor whose elements are stored in half precision. It takes half the memory, and half the traffic when it is the second operand of
 * a matrix product, as the weight of a layer is. Operations take it like any other tensor and compute in 32 bits.
 *
 * Each number is rounded to the nearest. That changes it by at most 2⁻¹¹ of itself, and a number below 2⁻¹⁴ by at most 2⁻²⁵; some GPUs
 * read such small numbers as 0.
 *
 * @param data as many numbers as `shape` has elements, row by row
 * @param shape one axis by default
 * @throws TensorError `backend` when the backend has no half precision; `argument` when half precision cannot hold a number; `shape`
 * when the numbers do not fill the shape
 * @example backend.uploadHalf === undefined ? 'keep it in 32 bits' : halfTensor(backend, Float32Array.of(1, 2)); // keep it in 32 bits
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
  return wrap(backend, backend.uploadHalf(data), [...shape]);
}
