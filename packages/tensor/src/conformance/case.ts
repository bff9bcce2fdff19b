/**
 * What a conformance case is, and how it is made: inputs, the primitive, and what a few lines of 64-bit arithmetic say of it.
 *
 * The expected values come from the formulas in the contract's documentation, written here once more, and not from another backend.
 */
import type { Backend, Storage } from '../backend.ts';
import { TensorError } from '../errors.ts';

/** What a case measured. It passes when `error` is at most `tolerance`. */
export interface ConformanceResult {
  readonly error: number;
  readonly tolerance: number;
}

/** One check of one primitive on any backend. Needs no test framework, so that it runs in a browser too. */
export interface ConformanceCase {
  readonly name: string;
  run(backend: Backend): Promise<ConformanceResult>;
}

/** Numbers that can be indexed: inputs are 32-bit, expected values 64-bit. */
export type Numbers = ArrayLike<number>;

/** Sizes below, at and above the powers of two that kernels are tiled by; 197 is a ViT's number of tokens. */
export const SIZES: readonly number[] = [1, 3, 63, 64, 65, 197];

/** Relative error of a function of one or two numbers. */
export const ELEMENTWISE = 1e-5;

/**
 * Error of a sum of k terms, relative to the largest result. A hundredth of 1e-4·√k: what 32-bit sums reach that are not taken in
 * one long chain, beside what a single operation may be wrong by.
 */
export function sumTolerance(k: number): number {
  return ELEMENTWISE + 1e-6 * Math.sqrt(k);
}

/** `values[i]`, or NaN beyond the end, which fails every comparison. */
export function at(values: Numbers, i: number): number {
  return values[i] ?? Number.NaN;
}

/** `count` numbers from `low` to `high`, the same at every call (the generator is mulberry32). */
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
    // Written so that a NaN counts as wrong.
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
  /** Calls the primitive; gives fresh storages, or inputs that it changed in place. */
  readonly compute: (backend: Backend, inputs: readonly Storage[]) => readonly Storage[];
  /** What each of these must hold. */
  readonly expected: () => readonly Numbers[];
  readonly tolerance: number;
  /** Expected values below this count as being of this size; the largest expected value when missing, as is right for sums. */
  readonly floor?: number;
}

/** Makes a case. Beside the values it checks that the primitive leaves no storage behind. */
export function defineCase({ name, inputs, compute, expected, tolerance, floor }: CaseDescription): ConformanceCase {
  return {
    name,
    async run(backend) {
      const before = backend.memory().bytes;
      const uploaded = inputs.map((data) => backend.upload(data));
      const outputs = compute(backend, uploaded);
      const actual = await Promise.all(outputs.map((output) => backend.read(output)));
      for (const storage of new Set([...uploaded, ...outputs])) backend.release(storage);
      const left = backend.memory().bytes - before;
      if (left !== 0) throw new TensorError('backend', `${name}: ${left} bytes were left behind`);
      const wanted = expected();
      const errors = wanted.map((e, i) => relativeError(actual[i] ?? [], e, floor ?? (largest(e) || 1)));
      return { error: Math.max(...errors), tolerance };
    },
  };
}

/** An input that the case is known to have uploaded. */
export function input(inputs: readonly Storage[], i: number): Storage {
  const storage = inputs[i];
  if (!storage) throw new TensorError('argument', `the case has no input ${i}`);
  return storage;
}
