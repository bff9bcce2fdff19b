/**
 * Rules by which an integral from 0 to 1 is the weighted sum of a few values of a function.
 */

/** Where a function is to be evaluated, and what each value counts. */
export interface Quadrature {
  /** Ascending, from 0 to 1. */
  readonly nodes: readonly number[];
  /** They sum to 1. */
  readonly weights: readonly number[];
}

/** The right end of each of n equal steps: the nodes 1/n, 2/n, …, 1. Its error falls as 1/n. */
export function rightRiemann(n: number): Quadrature {
  return { nodes: Array.from({ length: n }, (_, i) => (i + 1) / n), weights: new Array<number>(n).fill(1 / n) };
}

/**
 * Gauss and Legendre's rule, exact for polynomials of a degree of at most 2n − 1. Its nodes are the zeros of the Legendre polynomial P_n,
 * moved from −1 … 1 to 0 … 1, and lie closest together near the ends. They are found by Newton's method; the weights are
 * 1/((1 − x²)·P_n′(x)²) (Abramowitz and Stegun 1964, 25.4.30).
 */
export function gaussLegendre(n: number): Quadrature {
  const found = Array.from({ length: n }, (_, i) => {
    // A guess that is closer to this zero than to any other (Abramowitz and Stegun, 22.16.6), in ascending order.
    let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    for (let round = 0; round < 10; round++) {
      const { value, slope } = legendre(n, x);
      x -= value / slope;
    }
    return { node: (1 + x) / 2, weight: 1 / ((1 - x * x) * legendre(n, x).slope ** 2) };
  });
  return { nodes: found.map(({ node }) => node), weights: found.map(({ weight }) => weight) };
}

/** P_n(x) by its recurrence, and P_n′(x), for x between −1 and 1. */
function legendre(n: number, x: number): { value: number; slope: number } {
  let [before, value] = [0, 1];
  for (let k = 1; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  return { value, slope: (n * (before - x * value)) / (1 - x * x) };
}
