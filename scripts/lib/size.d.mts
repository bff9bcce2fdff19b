/** The types of `size.mjs`, for tests in TypeScript, which reads no JSDoc under `isolatedDeclarations`. */

/** Bytes of a program and of the worker that it starts. */
export interface Size {
  readonly minified: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** A program of `tests/size`, and how many bytes of gzip it may have. */
export interface Budget {
  readonly program: string;
  readonly what: string;
  readonly worker: boolean;
  readonly budget: number;
}

export const budgets: readonly Budget[];

/** What the programs have, in the order of the budgets. */
export function measureSizes(): Promise<Size[]>;

/** The text of docs/size.md. */
export function sizePage(sizes: readonly Size[]): string;
