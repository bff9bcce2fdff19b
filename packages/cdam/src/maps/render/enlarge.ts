/**
 * Enlarges a map from one score for each patch to one for each pixel.
 */

/** `nearest` repeats each score over its patch. `smooth` interpolates between the scores at the centres of the patches. */
export type Enlargement = 'nearest' | 'smooth';

/** For each output along one axis its four neighbouring inputs, and the weights of these: both [outputs, 4]. */
interface Samples {
  readonly inputs: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Scores of a grid at the pixels of a picture.
 *
 * `smooth` is bicubic (Keys 1981, a = −½), limited to the range of the two nearest patches on each axis. Without the limit a cubic
 * overshoots next to a peak, and a signed map would show evidence against the class where there is none.
 *
 * @param scores [rows, columns], row by row
 * @param grid rows and columns of patches
 * @param height in pixels
 * @param width in pixels
 * @returns [height, width], row by row
 */
export function enlarge(
  scores: Float32Array,
  grid: readonly [number, number],
  height: number,
  width: number,
  how: Enlargement,
): Float32Array {
  const [rows, columns] = grid;
  if (how === 'nearest') return nearest(scores, rows, columns, height, width);
  const wide = alongRows(scores, rows, columns, width);
  return transposed(alongRows(transposed(wide, rows, width), width, rows, height), width, height);
}

function nearest(scores: Float32Array, rows: number, columns: number, height: number, width: number): Float32Array {
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * rows) / height) * columns;
    for (let x = 0; x < width; x++) out[y * width + x] = scores[row + Math.floor(((x + 0.5) * columns) / width)] ?? 0;
  }
  return out;
}

/** Resizes along the second axis, from [lines, from] to [lines, to]. It runs for each pixel of each map that is drawn, so it allocates nothing. */
function alongRows(values: Float32Array, lines: number, from: number, to: number): Float32Array {
  const { inputs, weights } = samplesOf(from, to);
  const out = new Float32Array(lines * to);
  for (let line = 0; line < lines; line++) {
    const start = line * from;
    for (let i = 0; i < to; i++) {
      const k = i * 4;
      const left = values[start + (inputs[k + 1] ?? 0)] ?? 0;
      const right = values[start + (inputs[k + 2] ?? 0)] ?? 0;
      const outer = (weights[k] ?? 0) * (values[start + (inputs[k] ?? 0)] ?? 0);
      const far = (weights[k + 3] ?? 0) * (values[start + (inputs[k + 3] ?? 0)] ?? 0);
      const cubic = outer + (weights[k + 1] ?? 0) * left + (weights[k + 2] ?? 0) * right + far;
      out[line * to + i] = Math.min(Math.max(left, right), Math.max(Math.min(left, right), cubic));
    }
  }
  return out;
}

/** Beyond an edge the score at the edge counts. */
function samplesOf(from: number, to: number): Samples {
  const [inputs, weights] = [new Int32Array(to * 4), new Float64Array(to * 4)];
  for (let i = 0; i < to; i++) {
    const position = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(position) - 1;
    for (let k = 0; k < 4; k++) inputs[i * 4 + k] = Math.min(from - 1, Math.max(0, first + k));
    const t = position - Math.floor(position);
    const [t2, t3] = [t * t, t * t * t];
    weights.set([-t3 / 2 + t2 - t / 2, (3 * t3) / 2 - (5 * t2) / 2 + 1, (-3 * t3) / 2 + 2 * t2 + t / 2, t3 / 2 - t2 / 2], i * 4);
  }
  return { inputs, weights };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return out;
}
