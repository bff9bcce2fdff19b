/**
 * What a conformance case is, and how it is made from inputs, a call of the primitive and the expected values.
 *
 * The expected values come from a few lines of 64-bit arithmetic, the formulas in the contract's documentation. They do not come from
 * another backend, so that a mistake in that one would not go unnoticed.
 */
import type { Backend, Storage } from '../backend.ts';
import { TensorError } from '../errors.ts';

/** What a case measured. It passes when `error` is at most `tolerance`. */
export interface ConformanceResult {
  readonly error: number;
  readonly tolerance: number;
}

/** One check of one primitive on any backend. It needs no test framework, so it runs in a browser too. */
export interface ConformanceCase {
  readonly name: string;
  run(backend: Backend): Promise<ConformanceResult>;
}

/** Any list of numbers: inputs have 32 bits, expected values 64. */
export type Numbers = ArrayLike<number>;

/** Sizes below, at and above the powers of two into which kernels divide their work; 197 is the number of tokens of a ViT. */
export const SIZES: readonly number[] = [1, 3, 63, 64, 65, 197];

/** The relative error that a function of one or two numbers may have. */
export const ELEMENTWISE = 1e-5;

/**
 * The error that a sum of k terms may have, relative to the largest result: that of a single operation, and 1e-6·√k, which 32-bit sums
 * keep when they are not computed one term after another.
 */
export function sumTolerance(k: number): number {
  return ELEMENTWISE + 1e-6 * Math.sqrt(k);
}

/** `values[i]`; beyond the end NaN, with which every comparison fails. */
export function at(values: Numbers, i: number): number {
  return values[i] ?? Number.NaN;
}

/** `count` numbers from `low` to `high`, the same for the same seed (the generator is mulberry32). */
export function noise(count: number, seed: number, low = -1, high = 1): Float32Array {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + ((high - low) * ((t ^ (t >>> 14)) >>> 0)) / 2 ** 32;
  });
}

/** f(0), …, f(count − 1) in 64 bits. */
export function each(count: number, f: (i: number) => number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => f(i));
}

/** Σ f(i) for i below `count`, in 64 bits. */
export function sumOf(count: number, f: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += f(i);
  return sum;
}

/** The largest |actual − expected| / max(|expected|, floor). */
export function relativeError(actual: Numbers, expected: Numbers, floor: number): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const e = at(expected, i);
    const error = Math.abs(at(actual, i) - e);
    // Written so that NaN counts as wrong.
    if (!(error <= worst * Math.max(Math.abs(e), floor))) worst = error === 0 ? worst : error / Math.max(Math.abs(e), floor);
    if (Number.isNaN(worst)) return Number.POSITIVE_INFINITY;
  }
  return worst;
}

/** The largest magnitude. */
export function largest(values: Numbers): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(at(values, i)));
  return result;
}

/** How a case is described. */
export interface CaseDescription {
  readonly name: string;
  readonly inputs: readonly Float32Array[];
  /** Calls the primitive. Returns new storages, or inputs that were changed in place. */
  readonly compute: (backend: Backend, inputs: readonly Storage[]) => readonly Storage[];
  /** The elements that each of these must have. */
  readonly expected: () => readonly Numbers[];
  readonly tolerance: number;
  /**
   * Errors are relative to the expected value, or to this number when the expected value is smaller. When it is missing, all errors are
   * relative to the largest expected value, as is right for sums.
   */
  readonly floor?: number;
}

/** Makes a case. It checks the values, that the primitive leaves no storage behind, and that `peek` shows what `read` gives. */
export function defineCase({ name, inputs, compute, expected, tolerance, floor }: CaseDescription): ConformanceCase {
  return {
    name,
    async run(backend) {
      const before = backend.memory().bytes;
      const uploaded = inputs.map((data) => backend.upload(data));
      const outputs = compute(backend, uploaded);
      const actual = await Promise.all(outputs.map((output) => backend.read(output)));
      for (const [i, output] of outputs.entries()) checkPeek(name, backend, output, actual[i] ?? []);
      for (const storage of new Set([...uploaded, ...outputs])) backend.release(storage);
      const left = backend.memory().bytes - before;
      if (left !== 0) throw new TensorError('backend', `${name}: ${left} bytes were left behind`);
      const wanted = expected();
      const errors = wanted.map((e, i) => relativeError(actual[i] ?? [], e, floor ?? (largest(e) || 1)));
      return { error: Math.max(...errors), tolerance };
    },
  };
}

function checkPeek(name: string, backend: Backend, x: Storage, values: Numbers): void {
  const positions = [0, x.length - 1];
  const seen = backend.peek?.(x, positions);
  const differs = positions.some((position, i) => seen !== undefined && !Object.is(Math.fround(at(seen, i)), at(values, position)));
  if (differs) throw new TensorError('backend', `${name}: peek shows other numbers than read`);
}

/** An input that the case is known to have uploaded. */
export function input(inputs: readonly Storage[], i: number): Storage {
  const storage = inputs[i];
  if (!storage) throw new TensorError('argument', `the case has no input ${i}`);
  return storage;
}
