/**
 * The peak of the memory of a backend. Backends count the bytes that are in use (`memory()`). Only primitives allocate storage, so the peak
 * is found by asking after every call of one.
 */
import type { Backend } from '@cdam/tensor';

/** A backend whose memory is watched. */
export interface Watched {
  /** The same backend, with every call observed. */
  readonly backend: Backend;
  /** The most bytes in use since the last `reset`. */
  peak(): number;
  /** Begins again from the bytes that are in use now. */
  reset(): void;
}

/** Watches a backend. Use the `backend` of the result in its place. */
export function watchMemory(backend: Backend): Watched {
  let peak = 0;
  const watching = new Proxy(backend, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, args);
        peak = Math.max(peak, target.memory().bytes);
        return result;
      };
    },
  });
  return {
    backend: watching,
    peak: () => peak,
    reset: () => {
      peak = backend.memory().bytes;
    },
  };
}
