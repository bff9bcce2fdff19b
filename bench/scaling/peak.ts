/**
 * The most memory that a backend has held at once. Backends count what is live (`memory()`); the peak is seen by looking after every
 * primitive, since only a primitive makes storage.
 */
import type { Backend } from '@cdam/tensor';

/** A backend whose memory is watched. */
export interface Watched {
  /** The same backend, with every call observed. */
  readonly backend: Backend;
  /** Bytes, since the last `reset`. */
  peak(): number;
  reset(): void;
}

/** Watches a backend; use the result's `backend` in its place. */
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
