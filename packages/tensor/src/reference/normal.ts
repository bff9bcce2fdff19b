/**
 * The normal distribution in 64 bits, from which the exact GELU is made.
 */

/** Beyond this many standard deviations the terms of the series cancel each other, and digits are lost. */
const SERIES_LIMIT = 4;
/** How many levels of the continued fraction are computed. */
const FRACTION_DEPTH = 40;

/** The density φ(x) = e^(−x²/2) / √(2π). */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * The distribution function Φ(x) = ½·(1 + erf(x/√2)). Its relative error is small even where x is far below 0.
 * Near zero Φ(x) = ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …) (Marsaglia 2004); in the tails Laplace's continued fraction
 * Φ(−x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))).
 */
export function normalDistribution(x: number): number {
  if (x > SERIES_LIMIT) return 1 - normalDistribution(-x);
  if (x < -SERIES_LIMIT) {
    let fraction = -x;
    for (let n = FRACTION_DEPTH; n > 0; n--) fraction = n / fraction - x;
    return normalDensity(x) / fraction;
  }
  let sum = x;
  let term = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
}
