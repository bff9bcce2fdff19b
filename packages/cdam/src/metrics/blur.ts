/**
 * A Gaussian blur, which removes the details of a patch and keeps its colour.
 */

/** The Gaussian is cut off at this many deviations from its centre. */
const REACH = 4;

/**
 * Convolves planes with a Gaussian. Beyond its border a plane has the values of the pixels at the border.
 *
 * @param pixels of `shape`, [channels, height, width]
 * @param deviation the standard deviation, in pixels
 */
export function blur(pixels: Float32Array, shape: readonly [number, number, number], deviation: number): Float32Array {
  const [channels, height, width] = shape;
  const kernel = gaussian(deviation);
  const alongRows = convolve(pixels, kernel, channels * height, width, 1);
  const out = new Float32Array(pixels.length);
  for (let c = 0; c < channels; c++) {
    const plane = alongRows.subarray(c * height * width, (c + 1) * height * width);
    out.set(convolve(plane, kernel, width, height, width), c * height * width);
  }
  return out;
}

/** The weights from −REACH to +REACH deviations, whose sum is 1. */
function gaussian(deviation: number): Float64Array {
  const reach = Math.ceil(REACH * deviation);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / deviation) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Convolves lines. With stride 1 the lines lie one after the other; else line i begins at i, and its elements lie `stride` apart. */
function convolve(x: Float32Array, kernel: Float64Array, lines: number, length: number, stride: number): Float32Array {
  const out = new Float32Array(x.length);
  const reach = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    const start = stride === 1 ? line * length : line;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        const from = Math.min(length - 1, Math.max(0, i + k));
        sum += (kernel[k + reach] ?? 0) * (x[start + from * stride] ?? 0);
      }
      out[start + i * stride] = sum;
    }
  }
  return out;
}
