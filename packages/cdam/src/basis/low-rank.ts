/**
 * The best matrix of a rank: the first singular vectors, by which the file of a basis becomes smaller (Eckart and Young 1936).
 *
 * The singular vectors of the shorter side are the eigenvectors of its Gram matrix, and the other factor is the matrix itself seen along them.
 * So although small singular values drown in the rounding of a Gram matrix, the product of the factors is always the projection of the matrix
 * onto orthonormal vectors: at full rank it is the matrix.
 */
import { symmetricEigen } from './symmetric-eigen.ts';

/** Two factors, whose product is a matrix of a rank. */
export interface Factors {
  /** [rows, rank] */
  readonly left: Float32Array;
  /** [rank, columns] */
  readonly right: Float32Array;
}

/**
 * The factors of the matrix of a rank that is nearest to a matrix, by the sum of squares.
 *
 * @param matrix [rows, columns], finite
 * @param rank from 1 to the smaller of rows and columns
 */
export function nearestOfRank(matrix: Float32Array, rows: number, columns: number, rank: number): Factors {
  if (rows > columns) {
    const { left, right } = nearestOfRank(transposed(matrix, rows, columns), columns, rows, rank);
    return { left: transposed(right, rank, rows), right: transposed(left, columns, rank) };
  }
  const { vectors } = symmetricEigen(gramOfRows(matrix, rows, columns), rows);
  const kept = Float32Array.from(vectors.subarray(0, rank * rows));
  return { left: transposed(kept, rank, rows), right: product(kept, matrix, rank, rows, columns) };
}

/**
 * a·b, with sums in 64 bits.
 *
 * @param a [n, k]
 * @param b [k, m]
 * @returns [n, m]
 */
export function product(a: Float32Array, b: Float32Array, n: number, k: number, m: number): Float32Array {
  const result = new Float32Array(n * m);
  const row = new Float64Array(m);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    for (let j = 0; j < k; j++) {
      const factor = a[i * k + j] ?? 0;
      for (let c = 0; c < m; c++) row[c] = (row[c] ?? 0) + factor * (b[j * m + c] ?? 0);
    }
    result.set(row, i * m);
  }
  return result;
}

/** The products of all rows with each other, [rows, rows]. */
function gramOfRows(matrix: Float32Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += (matrix[i * columns + k] ?? 0) * (matrix[j * columns + k] ?? 0);
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/** [rows, columns] as [columns, rows]. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: matrix.length }, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)] ?? 0);
}
