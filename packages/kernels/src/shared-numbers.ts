/**
 * Numbers on which callers in TypeScript and kernels must agree. This file is TypeScript and AssemblyScript at once: both sides compile
 * it, so it holds plain whole numbers and nothing else. WGSL has a few of them as constants of the same names, which a test compares.
 */

/** Functions of two numbers. */
export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export const DIV = 3;
export const EQUAL = 4;

/** Reductions. */
export const SUM = 0;
export const MAX = 1;

/** Axes for which a strided walk has room. */
export const AXES = 8;

/** WebAssembly: rows of a strip of the left matrix, and columns of a panel of the right one (assembly/pack.ts). */
export const ROWS = 6;
export const COLUMNS = 8;
/** WebAssembly: columns of a product of few rows that are one unit of work (assembly/matmul.ts). */
export const THIN_COLUMNS = 16;
/** WebAssembly: neighbouring columns that a kernel folds at once, in one vector. */
export const FOLDED_COLUMNS = 4;
