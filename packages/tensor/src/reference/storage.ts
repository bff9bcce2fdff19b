/**
 * Storage of the reference backend: an array of numbers with 32 or 64 bits.
 */
import type { Storage } from '../backend.ts';
import { TensorError } from '../errors.ts';

export type Floats = Float32Array | Float64Array;

export class ReferenceStorage implements Storage {
  #values: Floats | undefined;
  readonly length: number;

  constructor(values: Floats) {
    this.#values = values;
    this.length = values.length;
  }

  get values(): Floats {
    if (this.#values === undefined) throw new TensorError('disposed', 'reference: storage was used after its release');
    return this.#values;
  }

  /** Frees the memory. False when it was freed before. */
  free(): boolean {
    const live = this.#values !== undefined;
    this.#values = undefined;
    return live;
  }
}

/** The numbers in a storage. Throws when another kind of backend made it. */
export function valuesOf(x: Storage): Floats {
  if (!(x instanceof ReferenceStorage)) throw new TensorError('backend', 'reference: this storage belongs to another backend');
  return x.values;
}
