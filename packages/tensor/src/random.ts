/**
 * Random numbers from a seed. They are drawn here and then uploaded, so they are the same on every backend.
 */
import type { Backend } from './backend.ts';
import { checkNumber, TensorError } from './errors.ts';
import { checkShape, type Shape, sizeOf } from './shape.ts';
import { type Tensor, tensor } from './tensor.ts';

/** All that a generator remembers: four 32-bit integers. A generator made from them goes on where the other stopped. */
export type RandomState = readonly [number, number, number, number];

/**
 * The generator sfc32 (Doty-Humphrey, PractRand), with 128 bits of state and a period of about 2¹²⁷.
 *
 * @example
 * const random = new Random(7);
 * random.below(6) === new Random(7).below(6); // true
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /**
   * @param seed an integer, or the state of another generator; equal seeds give equal numbers
   * @throws TensorError `argument` when the seed is not an integer, or the state is not four integers
   */
  constructor(seed: number | RandomState) {
    if (typeof seed === 'number') {
      checkNumber('Random', 'seed', seed, Number.isInteger(seed), 'an integer');
      [this.#a, this.#b, this.#c, this.#counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];
      for (let i = 0; i < 15; i++) this.integer();
    } else {
      if (seed.length !== 4 || !seed.every(Number.isInteger)) {
        throw new TensorError('argument', `Random: the state ${seed.join(', ')} is not four integers; take it from another generator`);
      }
      [this.#a, this.#b, this.#c, this.#counter] = seed;
    }
  }

  /** A copy of what the generator remembers. */
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

  /** A number from 0 up to but not including 1, of 53 random bits. */
  uniform(): number {
    return ((this.integer() >>> 5) * 2 ** 26 + (this.integer() >>> 6)) * 2 ** -53;
  }

  /**
   * An integer from 0 to n − 1, each equally likely.
   *
   * @throws TensorError `argument` when n is not a positive integer
   */
  below(n: number): number {
    checkNumber('Random.below', 'n', n, Number.isInteger(n) && n > 0, 'a positive integer');
    return Math.floor(this.uniform() * n);
  }

  /** A number of the standard normal distribution, made from two uniform ones by the transform of Box and Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Many numbers of the standard normal distribution. They are not those of `normal`: here each transform gives two numbers, from uniform
   * ones of 32 bits.
   *
   * @throws TensorError `argument` when the length is not an integer of at least 0
   */
  normals(length: number): Float32Array {
    checkNumber('Random.normals', 'length', length, Number.isInteger(length) && length >= 0, 'an integer of at least 0');
    const values = new Float32Array(length);
    for (let i = 0; i < length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((this.integer() + 1) * 2 ** -32));
      const angle = 2 * Math.PI * this.integer() * 2 ** -32;
      values[i] = radius * Math.cos(angle);
      if (i + 1 < length) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** Puts a list into random order, in place (Fisher and Yates), and returns it. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j] as T, items[i] as T];
    }
    return items;
  }
}

/**
 * A tensor of normally distributed numbers.
 *
 * @throws TensorError `shape` when an extent is not a positive integer; `argument` when the mean or the deviation is not finite, or the
 * deviation is negative
 * @example randomNormal(backend, [2, 3], new Random(7), { mean: 5, deviation: 0.1 }).shape; // [2, 3]
 */
export function randomNormal(
  backend: Backend,
  shape: Shape,
  random: Random,
  { mean = 0, deviation = 1 }: { mean?: number; deviation?: number } = {},
): Tensor {
  checkShape('randomNormal', shape);
  checkNumber('randomNormal', 'mean', mean, Number.isFinite(mean), 'a finite number');
  checkNumber('randomNormal', 'deviation', deviation, Number.isFinite(deviation) && deviation >= 0, 'a finite number of at least 0');
  const values = Float32Array.from({ length: sizeOf(shape) }, () => mean + deviation * random.normal());
  return tensor(backend, values, shape);
}

/**
 * A tensor of numbers from `low` up to `high`, each equally likely.
 *
 * @throws TensorError `shape` when an extent is not a positive integer, `argument` when `low` and `high` are not finite or not in order
 * @example randomUniform(backend, [2, 3], new Random(7), { low: -1 }).shape; // [2, 3]
 */
export function randomUniform(
  backend: Backend,
  shape: Shape,
  random: Random,
  { low = 0, high = 1 }: { low?: number; high?: number } = {},
): Tensor {
  checkShape('randomUniform', shape);
  checkNumber('randomUniform', 'low', low, Number.isFinite(low), 'a finite number');
  checkNumber('randomUniform', 'high', high, Number.isFinite(high) && high >= low, `a finite number of at least ${low}`);
  const values = Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
  return tensor(backend, values, shape);
}
