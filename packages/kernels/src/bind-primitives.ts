/**
 * From functions that take a runtime first to the primitives of the contract: the one table of each backend.
 */
import type { Primitives } from '@cdam/tensor';

/** Every primitive, as a function of the runtime that it works on and of the contract's arguments. */
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
  // The types of entries do not say that every name keeps its own function.
  return Object.fromEntries(entries.map(([name, ofRuntime]) => [name, ofRuntime.bind(undefined, runtime)])) as unknown as Primitives;
}
