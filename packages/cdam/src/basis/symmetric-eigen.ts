/**
 * Eigenvalues and eigenvectors of a symmetric matrix, in 64 bits: reflections bring it to three diagonals (Householder 1958), and the implicit QL
 * algorithm with Wilkinson's shift diagonalises these (Golub and Van Loan, Matrix Computations, § 8.3). The basis of a picture is made small
 * with it.
 *
 * Vectors are rows, so that every inner loop runs through memory in order.
 */

/** The eigenvectors of a symmetric matrix, as rows, with their eigenvalues; the largest first. */
export interface Eigen {
  /** [n], descending. */
  readonly values: Float64Array;
  /** [n, n]; row i belongs to value i, and all are orthonormal. */
  readonly vectors: Float64Array;
}

/**
 * Diagonalises a symmetric matrix.
 *
 * @param matrix [n, n], finite; it is not changed
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const { diagonal, beside, vectors } = tridiagonal(Float64Array.from(matrix), n);
  diagonalise(diagonal, beside, vectors, n);
  const order = Array.from(diagonal.keys()).sort((a, b) => (diagonal[b] ?? 0) - (diagonal[a] ?? 0) || a - b);
  const sorted = new Float64Array(n * n);
  for (const [to, from] of order.entries()) sorted.set(vectors.subarray(from * n, (from + 1) * n), to * n);
  return { values: Float64Array.from(order, (i) => diagonal[i] ?? 0), vectors: sorted };
}

/** A matrix with three diagonals, `beside` being both outer ones; it is V·A·Vᵀ, and the rows of V are `vectors`. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly vectors: Float64Array;
}

function tridiagonal(a: Float64Array, n: number): Tridiagonal {
  const beside = new Float64Array(n);
  const reflections: (Reflection | undefined)[] = [];
  for (let k = 0; k + 1 < n; k++) {
    const reflection = reflectionOf(a.subarray(k * n + k + 1, (k + 1) * n));
    beside[k] = reflection?.length ?? a[k * n + k + 1] ?? 0;
    if (reflection !== undefined) reflectBothSides(a, n, k + 1, reflection);
    reflections.push(reflection);
  }
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  // The last reflections leave the first rows alone, so that applying them first is cheapest.
  for (let k = n - 2; k >= 0; k--) {
    const reflection = reflections[k];
    if (reflection !== undefined) reflectRows(vectors, n, k + 1, reflection);
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i] ?? 0), beside, vectors };
}

/** I − factor·v·vᵀ, which turns a row into (length, 0, 0, …). */
interface Reflection {
  readonly v: Float64Array;
  readonly factor: number;
  readonly length: number;
}

/** Undefined where nothing but the first number differs from zero already. */
function reflectionOf(row: Float64Array): Reflection | undefined {
  const largest = row.reduce((most, x, i) => (i === 0 ? most : Math.max(most, Math.abs(x))), 0);
  if (largest === 0) return undefined;
  const scale = Math.max(largest, Math.abs(row[0] ?? 0));
  const v = row.map((x) => x / scale);
  const [first = 0] = v;
  const norm = Math.sqrt(dot(v, 0, v, 0, v.length));
  // With the sign of the first number nothing cancels.
  const signed = first < 0 ? -norm : norm;
  v[0] = first + signed;
  return { v, factor: 1 / (signed * (first + signed)), length: -signed * scale };
}

/** A ← H·A·H for the rows and columns from `start` on: A − v·wᵀ − w·vᵀ with w = p − (factor/2)(p·v)v and p = factor·A·v. */
function reflectBothSides(a: Float64Array, n: number, start: number, { v, factor }: Reflection): void {
  const size = v.length;
  const w = new Float64Array(size);
  for (let i = 0; i < size; i++) w[i] = factor * dot(a, (start + i) * n + start, v, 0, size);
  const half = 0.5 * factor * dot(w, 0, v, 0, size);
  for (let i = 0; i < size; i++) w[i] = (w[i] ?? 0) - half * (v[i] ?? 0);
  for (let i = 0; i < size; i++) {
    const at = (start + i) * n + start;
    addTo(a, at, w, -(v[i] ?? 0), size);
    addTo(a, at, v, -(w[i] ?? 0), size);
  }
}

/** Each row of the square from `start` on, times H. */
function reflectRows(rows: Float64Array, n: number, start: number, { v, factor }: Reflection): void {
  for (let i = start; i < n; i++) {
    const at = i * n + start;
    addTo(rows, at, v, -factor * dot(rows, at, v, 0, v.length), v.length);
  }
}

/** How many steps one eigenvalue may take; two or three are usual. */
const PATIENCE = 60;

/** Implicit QL: each sweep from the lower end to `first` brings beside[first] nearer to zero. Rotations are applied to the rows of `vectors`. */
function diagonalise(diagonal: Float64Array, beside: Float64Array, vectors: Float64Array, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let step = 0; step < PATIENCE; step++) {
      const last = endOfPart(diagonal, beside, first, n);
      if (last === first) break;
      sweep(diagonal, beside, vectors, n, first, last);
    }
  }
}

/** The last row of the part that begins at `first` and that no negligible number beside the diagonal divides. */
function endOfPart(diagonal: Float64Array, beside: Float64Array, first: number, n: number): number {
  let end = first;
  while (end + 1 < n) {
    const size = Math.abs(diagonal[end] ?? 0) + Math.abs(diagonal[end + 1] ?? 0);
    if (Math.abs(beside[end] ?? 0) <= Number.EPSILON * size) break;
    end++;
  }
  return end;
}

function sweep(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number, first: number, last: number): void {
  const [top = 0, next = 0, beside = 0] = [d[first], d[first + 1], e[first]];
  const slope = (next - top) / (2 * beside);
  const shift = top - beside / (slope + Math.sign(slope || 1) * Math.hypot(slope, 1));
  let [x, sine, cosine, taken] = [(d[last] ?? 0) - shift, 1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const [bulge, rest] = [sine * (e[i] ?? 0), cosine * (e[i] ?? 0)];
    const length = Math.hypot(bulge, x);
    e[i + 1] = length;
    if (length === 0) {
      // The part has fallen into two; the next step begins anew.
      d[i + 1] = (d[i + 1] ?? 0) - taken;
      e[last] = 0;
      return;
    }
    [sine, cosine] = [bulge / length, x / length];
    const lower = (d[i + 1] ?? 0) - taken;
    const mixed = ((d[i] ?? 0) - lower) * sine + 2 * cosine * rest;
    taken = sine * mixed;
    d[i + 1] = lower + taken;
    x = cosine * mixed - rest;
    rotate(vectors, i * n, (i + 1) * n, n, cosine, sine);
  }
  d[first] = (d[first] ?? 0) - taken;
  e[first] = x;
  e[last] = 0;
}

function rotate(rows: Float64Array, a: number, b: number, n: number, cosine: number, sine: number): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [rows[a + k] ?? 0, rows[b + k] ?? 0];
    rows[a + k] = cosine * x - sine * y;
    rows[b + k] = sine * x + cosine * y;
  }
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, n: number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += (a[i + k] ?? 0) * (b[j + k] ?? 0);
  return sum;
}

/** a[i…] += factor·b */
function addTo(a: Float64Array, i: number, b: Float64Array, factor: number, n: number): void {
  for (let k = 0; k < n; k++) a[i + k] = (a[i + k] ?? 0) + factor * (b[k] ?? 0);
}
