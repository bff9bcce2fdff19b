/**
 * The compiled kernels, which are inlined in the package, and the memory that they work on.
 */
import { TensorError } from '@cdam/tensor';
import { PAGE } from './command-ring.ts';
import { plain, relaxed } from './generated/binaries.ts';

/** Pages of the largest memory that a 32-bit address reaches. */
const MOST_PAGES = 65_536;
/** Pages of a new memory. */
const FIRST_PAGES = 64;

/** A module of one function: f32x4.relaxed_madd of its three arguments. */
const RELAXED_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
];
/** A module of one function: f32x4.add of its first two arguments. */
const SIMD_PROBE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 11, 1, 9, 0, 32, 0, 32, 1, 253, 228, 1, 11,
];

/** Whether the engine has 128-bit SIMD, without which there is no backend. */
export function hasSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(SIMD_PROBE));
}

/** Whether the engine has relaxed SIMD: a multiplication and an addition in one instruction. */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(Uint8Array.from(RELAXED_PROBE));
}

/** How a module's bytes say which memory it imports: one with a maximum, or a shared one with a maximum. */
const LIMITS = { own: 1, shared: 3 };

/** Compiles the kernels for a shared memory, or for the memory of a single thread. The modules differ in one byte. */
export function compileKernels(shared: boolean): Promise<WebAssembly.Module> {
  const { base64, limitsAt } = hasRelaxedSimd() ? relaxed : plain;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  bytes[limitsAt] = shared ? LIMITS.shared : LIMITS.own;
  return WebAssembly.compile(bytes);
}

/**
 * A memory that can grow as far as the engine allows. Phones refuse to reserve 4 GiB; then half as much is asked for, and so on.
 * Throws a `TensorError` with code `backend` when there is none at all.
 */
export function createMemory(shared: boolean): WebAssembly.Memory {
  for (let maximum = MOST_PAGES; maximum >= FIRST_PAGES; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared });
    } catch (error) {
      if (!(error instanceof RangeError)) throw new TensorError('backend', 'wasm: this engine has no such memory', { cause: error });
    }
  }
  throw new TensorError('backend', `wasm: the engine has no ${FIRST_PAGES * PAGE} bytes for a memory; free some, or use another backend`);
}
