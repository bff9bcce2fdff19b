/**
 * Enlarges a map from one score for each patch to one for each pixel.
 */

/** `nearest` repeats each score over its patch. `smooth` interpolates between the scores at the centres of the patches. */
export type Enlargement = 'nearest' | 'smooth';

/** The weights of four neighbouring inputs along one axis, the first of which has the index `first`. */
interface Sample {
  readonly first: number;
  readonly weights: readonly [number, number, number, number];
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

/** Resizes along the second axis, from [lines, from] to [lines, to]. */
function alongRows(values: Float32Array, lines: number, from: number, to: number): Float32Array {
  const samples = Array.from({ length: to }, (_, i) => sampleAt(((i + 0.5) * from) / to - 0.5));
  const out = new Float32Array(lines * to);
  for (let line = 0; line < lines; line++) {
    const at = (i: number): number => values[line * from + Math.min(from - 1, Math.max(0, i))] ?? 0;
    samples.forEach(({ first, weights: [w0, w1, w2, w3] }, i) => {
      const [left, right] = [at(first + 1), at(first + 2)];
      const cubic = w0 * at(first) + w1 * left + w2 * right + w3 * at(first + 3);
      out[line * to + i] = Math.min(Math.max(left, right), Math.max(Math.min(left, right), cubic));
    });
  }
  return out;
}

function sampleAt(position: number): Sample {
  const first = Math.floor(position) - 1;
  const t = position - Math.floor(position);
  const [t2, t3] = [t * t, t * t * t];
  return { first, weights: [-t3 / 2 + t2 - t / 2, (3 * t3) / 2 - (5 * t2) / 2 + 1, (-3 * t3) / 2 + 2 * t2 + t / 2, t3 / 2 - t2 / 2] };
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) out[column * rows + row] = values[row * columns + column] ?? 0;
  }
  return out;
}
