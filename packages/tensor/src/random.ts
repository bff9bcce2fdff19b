/**
 * Seeded random numbers. They are drawn here and uploaded, so every backend sees the same stream.
 */
import type { Backend } from './backend.ts';
import { type Shape, sizeOf } from './shape.ts';
import { type Tensor, tensor } from './tensor.ts';

/** Everything a generator remembers; put it into a checkpoint to go on where it stopped. */
export type RandomState = readonly [number, number, number, number];

/** The generator sfc32 (Doty-Humphrey, PractRand): 128 bits of state, a period of about 2¹²⁷. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** @param seed any integer; equal seeds give equal streams */
  constructor(seed: number | RandomState) {
    if (typeof seed === 'number') {
      [this.#a, this.#b, this.#c, this.#counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];
      for (let i = 0; i < 15; i++) this.integer();
    } else {
      [this.#a, this.#b, this.#c, this.#counter] = seed;
    }
  }

  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter];
  }

  /** 32 random bits, as an integer from 0 to 2³² − 1. */
  integer(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** From 0 (inclusive) to 1 (exclusive), 53 bits. */
  uniform(): number {
    return ((this.integer() >>> 5) * 2 ** 26 + (this.integer() >>> 6)) * 2 ** -53;
  }

  /** An integer from 0 to n − 1, all equally likely. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** The standard normal distribution, by Box and Muller's transform; one draw takes two uniform ones. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Many draws of the standard normal distribution at once: two from each transform, of 32-bit uniform numbers. */
  normals(length: number): Float32Array {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.integer() + 1) * 2 ** -32));
      const angle = 2 * Math.PI * this.integer() * 2 ** -32;
      values[i] = radius * Math.cos(angle);
      if (i + 1 < length) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** Puts a list in random order, in place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j] as T, items[i] as T];
    }
    return items;
  }
}

/** A tensor of normally distributed numbers. */
export function randomNormal(
  backend: Backend,
  shape: Shape,
  random: Random,
  { mean = 0, deviation = 1 }: { mean?: number; deviation?: number } = {},
): Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * random.normal());
  return tensor(backend, values, shape);
}

/** A tensor of numbers distributed evenly from `low` to `high`. */
export function randomUniform(
  backend: Backend,
  shape: Shape,
  random: Random,
  { low = 0, high = 1 }: { low?: number; high?: number } = {},
): Tensor {
  const values = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
  return tensor(backend, values, shape);
}
