/**
 * Compactness: how few patches a map points at. Only the magnitudes of scores count.
 */

/** Scores up to this share of the largest magnitude count as small. */
const SMALL = 0.05;

function magnitudes(map: Float32Array): Float64Array {
  return Float64Array.from(map, Math.abs);
}

/** The share of patches with |s| ≤ 0.05·max|s| (Brocki, Binda and Chung 2024). Higher is more compact. */
export function shareOfSmall(map: Float32Array): number {
  const sizes = magnitudes(map);
  const limit = SMALL * sizes.reduce((most, size) => Math.max(most, size), 0);
  return sizes.filter((size) => size <= limit).length / sizes.length;
}

/** Gini's coefficient of |s| (Chalasani et al. 2020): 0 for a constant map, near 1 for a single patch. NaN for a map of zeros. */
export function gini(map: Float32Array): number {
  const sizes = magnitudes(map).sort();
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sizes.reduce((total, size, i) => total + (2 * (i + 1) - sizes.length - 1) * size, 0) / (sizes.length * sum);
}

/**
 * The entropy of |s|, divided by its sum (Bhatt et al. 2020), in nats: 0 for a single patch, ln N for a constant map of N patches. Lower
 * is more compact. NaN for a map of zeros.
 */
export function entropy(map: Float32Array): number {
  const sizes = magnitudes(map);
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sizes.reduce((total, size) => total - (size === 0 ? 0 : (size / sum) * Math.log(size / sum)), 0);
}
