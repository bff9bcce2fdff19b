/**
 * Resizes position embeddings to another grid of patches, by bicubic interpolation, as the library does that the checkpoint comes from.
 * Two kernels are in use. Without antialias PyTorch takes Keys' cubic with a = −¾ at four samples. With antialias it takes a = −½, as
 * Pillow does, and makes it wider when the grid shrinks (Keys 1981; PyTorch's UpSample.h and UpSampleKernel.cpp). Sums are in 64 bits
 * here; PyTorch rounds to 32 bits in between, so the results differ by about 2e-6.
 */
import type { PositionGrid, PositionInterpolation } from './config.ts';

/** The size of a grid of patches. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** A filter along one axis: output i is Σ_k weights[i·taps + k]·input[indices[i·taps + k]]. */
interface Axis {
  readonly taps: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Resizes the grid of position embeddings. The rows of the prefix tokens stay as they are.
 *
 * @param embeddings pos_embed, [from.prefix + from.rows·from.columns, width], row-major
 * @returns [from.prefix + to.rows·to.columns, width]; `embeddings` itself where the grid stays the same
 * @throws RangeError when `embeddings` does not have that length
 */
export function resizePositions(
  embeddings: Float32Array,
  width: number,
  from: PositionGrid,
  to: Grid,
  how: PositionInterpolation,
): Float32Array {
  const wanted = (from.prefix + from.rows * from.columns) * width;
  if (embeddings.length !== wanted) {
    throw new RangeError(
      `resizePositions: ${embeddings.length} values, and ${from.prefix} + ${from.rows}×${from.columns} tokens of ${width} are ${wanted}`,
    );
  }
  if (from.rows === to.rows && from.columns === to.columns) return embeddings;
  const axis = how.antialias ? widened : fourSamples;
  const vertical = axis(from.rows, to.rows, how.offset);
  const horizontal = axis(from.columns, to.columns, how.offset);
  const prefix = from.prefix * width;
  const resized = new Float32Array(prefix + to.rows * to.columns * width);
  resized.set(embeddings.subarray(0, prefix));
  resized.set(resample(embeddings.subarray(prefix), width, from, to, vertical, horizontal), prefix);
  return resized;
}

function resample(grid: Float32Array, width: number, from: Grid, to: Grid, vertical: Axis, horizontal: Axis): Float64Array {
  const narrow = new Float64Array(from.rows * to.columns * width);
  for (let row = 0; row < from.rows; row++) {
    for (let column = 0; column < to.columns; column++) {
      const at = (row * to.columns + column) * width;
      for (let k = 0; k < horizontal.taps; k++) {
        const weight = horizontal.weights[column * horizontal.taps + k] ?? 0;
        const source = (row * from.columns + (horizontal.indices[column * horizontal.taps + k] ?? 0)) * width;
        for (let d = 0; d < width; d++) narrow[at + d] = (narrow[at + d] ?? 0) + weight * (grid[source + d] ?? 0);
      }
    }
  }
  const out = new Float64Array(to.rows * to.columns * width);
  const line = to.columns * width;
  for (let row = 0; row < to.rows; row++) {
    for (let k = 0; k < vertical.taps; k++) {
      const weight = vertical.weights[row * vertical.taps + k] ?? 0;
      const source = (vertical.indices[row * vertical.taps + k] ?? 0) * line;
      for (let i = 0; i < line; i++) out[row * line + i] = (out[row * line + i] ?? 0) + weight * (narrow[source + i] ?? 0);
    }
  }
  return out;
}

/** Keys' cubic convolution kernel. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

/**
 * `F.interpolate(mode='bicubic', align_corners=False)`. With an offset the libraries pass the scale factor (to + offset)/from instead of
 * a size. PyTorch then samples by this factor, so the samples do not quite reach the edges of the grid.
 */
function fourSamples(from: number, to: number, offset: number): Axis {
  const scale = from / (to + offset);
  const axis = { taps: 4, indices: new Int32Array(to * 4), weights: new Float64Array(to * 4) };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale - 0.5;
    const below = Math.floor(centre);
    for (let k = 0; k < 4; k++) {
      axis.indices[i * 4 + k] = Math.min(from - 1, Math.max(0, below - 1 + k));
      axis.weights[i * 4 + k] = cubic(centre - (below - 1 + k), -0.75);
    }
  }
  return axis;
}

/** `F.interpolate(mode='bicubic', antialias=True)`. */
function widened(from: number, to: number, offset: number): Axis {
  const scale = from / (to + offset);
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  const taps = Math.ceil(support) * 2 + 1;
  const axis = { taps, indices: new Int32Array(to * taps), weights: new Float64Array(to * taps) };
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let j = begin; j < end; j++) {
      const weight = cubic((j - centre + 0.5) / stretch, -0.5);
      axis.indices[i * taps + j - begin] = j;
      axis.weights[i * taps + j - begin] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) axis.weights[i * taps + k] = (axis.weights[i * taps + k] ?? 0) / sum;
  }
  return axis;
}
