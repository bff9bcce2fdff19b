/**
 * What is timed. A workload begins and ends with numbers in JavaScript: it uploads the input and reads the result. The weights are on the
 * device before it begins. It is the same for us and for all peers.
 */

/** C = A·B in 32-bit floats. A [m, k] is uploaded in every run; B [k, n] stays on the device, as the weights of a layer do. */
export interface Product {
  readonly kind: 'product';
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/**
 * DeiT-Ti/16 on one picture of 224 × 224 pixels.
 *
 * - `forward`: pixels → logits
 * - `input-gradient`: pixels → ∂(one logit)/∂pixels
 * - `map`: pixels → CDAM of one class. (PyTorch: the authors' recipe, forward pass and full backward pass with hooks.)
 * - `all-maps`: pixels → the explanation basis and the CDAM of all classes
 * - `further-map`: CDAM of one more class, from a basis in ordinary memory
 * - `smooth-map`: pixels → Smooth CDAM of one class from 50 samples, with noise at the last block's input
 * - `batch`: 16 pictures looked at together → the logits of each
 *
 * Beyond the last block:
 *
 * - `ledger`: pixels → the ledger of one class
 * - `ledger-further`: the ledger of one more class of a picture that was looked at, without a basis
 * - `ledger-all`: pixels → the basis of the ledger and the maps of all classes
 * - `ledger-from-basis`: the ledger of one more class, from a basis in ordinary memory
 * - `frozen-gates`, `frozen-gates-routing`: pixels → the map of one class
 */
export interface ModelWork {
  readonly kind: CdamKind | LedgerKind;
}
export type CdamKind = 'forward' | 'input-gradient' | 'map' | 'all-maps' | 'further-map' | 'smooth-map' | 'batch';
export type LedgerKind = 'ledger' | 'ledger-further' | 'ledger-all' | 'ledger-from-basis' | 'frozen-gates' | 'frozen-gates-routing';

/** Something to time. */
export type Workload = Product | ModelWork;

/** How many pictures there are in a batch. */
export const BATCH = 16;

/** The class of single maps and of the gradient: zebra. */
export const TARGET_CLASS = 340;

/** Two square products, and products of layers: of DeiT-Ti qkv, fc1 and fc2, and fc1 of ViT-S. */
export const products: readonly Product[] = [
  [512, 512, 512],
  [1024, 1024, 1024],
  [197, 192, 576],
  [197, 192, 768],
  [197, 768, 192],
  [197, 384, 1536],
].map(([m = 0, k = 0, n = 0]) => ({ kind: 'product', m, k, n }));

/** The name of a workload: `197×192×576` for a product, else its kind. */
export function nameOf(workload: Workload): string {
  return workload.kind === 'product' ? `${workload.m}×${workload.k}×${workload.n}` : workload.kind;
}

/** The number of multiplications and additions of a product; undefined for other workloads. */
export function operationsOf(workload: Workload): number | undefined {
  return workload.kind === 'product' ? 2 * workload.m * workload.k * workload.n : undefined;
}

/** Random numbers in [−1, 1), which are the same for a seed on every machine (the generator mulberry32). */
export function numbers(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** The matrices A [m, k] and B [k, n] of a product. */
export function factorsOf({ m, k, n }: Product): { a: Float32Array; b: Float32Array } {
  return { a: numbers(m * k, 1), b: numbers(k * n, 2) };
}

/** A picture of noise as input of the model, [1, 3, 224, 224]. */
export function pixels(seed = 3): Float32Array {
  return numbers(3 * 224 * 224, seed);
}

/** The largest error among 64 elements of a product, compared with sums in 64 bits and divided by √k, the typical size of an element. */
export function productError({ m, k, n }: Product, c: Float32Array): number {
  if (c.length !== m * n) return Number.POSITIVE_INFINITY;
  const { a, b } = factorsOf({ kind: 'product', m, k, n });
  let worst = 0;
  for (let sample = 0; sample < 64; sample++) {
    const [row, column] = [(sample * 7919) % m, (sample * 104729) % n];
    let expected = 0;
    for (let i = 0; i < k; i++) expected += (a[row * k + i] ?? 0) * (b[i * n + column] ?? 0);
    worst = Math.max(worst, Math.abs((c[row * n + column] ?? Number.NaN) - expected) / Math.sqrt(k));
  }
  return worst;
}
