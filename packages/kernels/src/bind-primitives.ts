/**
 * Makes a backend's primitives from functions that take the backend's runtime as their first argument.
 */
import type { Primitives } from '@cdam/tensor';

/** A function for every primitive: it takes the runtime that it works on, then the arguments of the contract. */
export type PrimitivesOn<R> = {
  readonly [K in keyof Primitives]: (runtime: R, ...args: Parameters<Primitives[K]>) => ReturnType<Primitives[K]>;
};

/**
 * The primitives of one runtime.
 *
 * @example
 * const primitives = bindPrimitives(runtime, { full, unary, … });
 * primitives.full(3, 1); // calls full(runtime, 3, 1)
 */
export function bindPrimitives<R>(runtime: R, functions: PrimitivesOn<R>): Primitives {
  const entries = Object.entries<(runtime: R, ...args: never[]) => unknown>(functions);
  // Entries lose the type of each name's function, which does not change here.
  return Object.fromEntries(entries.map(([name, ofRuntime]) => [name, ofRuntime.bind(undefined, runtime)])) as unknown as Primitives;
}
